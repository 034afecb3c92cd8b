import { createBirpc, type BirpcReturn } from 'birpc';

/** One end of a channel between threads: a `MessagePort`, or a `Worker` as its parent sees it. */
export type Port = {
  readonly postMessage: (message: unknown) => void;
  readonly on: (event: 'message', listener: (message: unknown) => void) => unknown;
  readonly off: (event: 'message', listener: (message: unknown) => void) => unknown;
};

/** Errors that keep their class on the way, found by their name, as those of the language do; any other arrives as an `Error` with its name and message. */
export type KnownErrors = Readonly<Record<string, new (message: string) => Error>>;

export type Calls<Theirs extends object, Ours extends object> = {
  /** What the other side offers; `asEvent` of each calls it without waiting for an answer. */
  readonly theirs: BirpcReturn<Theirs, Ours>;
  /** No call is answered any more: those under way are rejected with this. */
  readonly end: (reason: Error) => void;
};

const ofTheLanguage: KnownErrors = { RangeError, SyntaxError, TypeError };

type Failure = { readonly name: string; readonly message: string; readonly stack: string | undefined };

const isAnswer = (message: unknown): message is { readonly e?: unknown } => typeof message === 'object' && message !== null;
const isFailure = (value: unknown): value is Failure =>
  typeof value === 'object' && value !== null && 'name' in value && 'message' in value && 'stack' in value;

/** A copy of an error between threads is a plain one of no name: its parts are sent instead. */
const withFailure = (message: unknown): unknown => {
  if (!isAnswer(message) || !(message.e instanceof Error)) return message;
  const { name, message: text, stack } = message.e;
  return { ...message, e: { name, message: text, stack } satisfies Failure };
};

const withError =
  (known: KnownErrors) =>
  (message: unknown): unknown => {
    if (!isAnswer(message) || !isFailure(message.e)) return message;
    const { name, message: text, stack } = message.e;
    const Known = known[name] ?? ofTheLanguage[name];
    const error = Known ? new Known(text) : Object.assign(new Error(text), { name });
    if (stack !== undefined) error.stack = stack;
    return { ...message, e: error };
  };

/**
 * Calls between two threads, in both directions. Arguments and answers are copied (structured clone); a call has no time-out, as the
 * other side is part of this process: where it ends, `end` is called.
 */
export const openCalls = <Theirs extends object, Ours extends object = Record<string, never>>(
  port: Port,
  ours: Ours,
  knownErrors: KnownErrors = {},
): Calls<Theirs, Ours> => {
  const theirs = createBirpc<Theirs, Ours>(ours, {
    post: (message) => port.postMessage(message),
    on: (listener) => void port.on('message', listener),
    off: (listener) => void port.off('message', listener),
    serialize: withFailure,
    deserialize: withError(knownErrors),
    bind: 'functions',
    timeout: -1,
  });
  return { theirs, end: (reason) => theirs.$close(reason) };
};
