import type { Clock } from '@shop/clock';
import type { AppendResult, EventStore, NewEvent } from '@shop/event-store';

/** What may become of one append of a process, and of the process. */
export const fates = [
  'crash before it',
  'crash after the write',
  'crash after the acknowledgement',
  /** The process dies; the append is written when `landLate` is called. */
  'crash, and it lands late',
  /** The process lives, and of whatever it appends to this stream nothing is known until `landLate` has written the first of it. */
  'unknown, and it lands late',
  /** The same, but the others take notice only once the process has given up. */
  'unknown beyond the deadline, and it lands late',
  /** The process stands still, and goes on with the append when `landLate` is called. */
  'a long pause before it',
  /** Written, but the first answer is lost. */
  'acknowledgement lost',
] as const;
export type Fate = (typeof fates)[number];

export type CrashingEventStore = {
  readonly eventStore: EventStore;
  /** Different appends that were asked for; a try of the same one is no other. */
  readonly appends: () => number;
  /** Resolves when fate has struck: the process has died, or does not know what became of its append. */
  readonly struck: Promise<void>;
  /** Monotonic milliseconds of its death. What it says later, a real one could not. */
  readonly diedAt: () => number | undefined;
  /** Writes what was to land late; nothing where nothing was. */
  readonly landLate: () => Promise<void>;
};

const never = <Result>(): Promise<Result> => new Promise(() => undefined);
const unknown: AppendResult = { outcome: 'unknown', cause: new Error('no answer, as the script says') };

/**
 * The store as one process sees it, up to the append at which it crashes: from then on no call comes back, so that neither `catch`
 * nor `finally` of it runs. `at` counts from 1. A call takes as long as `latencyMs` says, so that two processes can be made to overtake each other.
 */
export const crashingEventStore = (
  inner: EventStore,
  clock: Clock,
  {
    at,
    fate,
    latencyMs = () => 0,
    onAppend,
  }: {
    readonly at?: number | undefined;
    readonly fate?: Fate | undefined;
    readonly latencyMs?: (stream: string) => number;
    readonly onAppend?: () => Promise<void>;
  },
): CrashingEventStore => {
  const seen: string[] = [];
  let diedAt: number | undefined;
  let hasStruck = false;
  let landed = false;
  let cutOff: string | undefined;
  let late: (() => Promise<unknown>) | undefined;
  let strike: () => void = () => undefined;
  const struck = new Promise<void>((resolve) => {
    strike = () => {
      hasStruck = true;
      resolve();
    };
  });
  const die = (): void => {
    diedAt = clock.monotonic();
    strike();
  };
  const alive = async (stream: string): Promise<void> => {
    const takes = latencyMs(stream);
    if (takes > 0) await clock.sleep(takes);
    if (diedAt !== undefined) await never();
  };

  const meet = async (stream: string, write: () => Promise<AppendResult>): Promise<AppendResult> => {
    switch (fate) {
      case undefined:
        return write();
      case 'crash before it':
        die();
        return never();
      case 'crash after the write':
        await write();
        die();
        return never();
      case 'crash after the acknowledgement': {
        const result = await write();
        die();
        return result;
      }
      case 'crash, and it lands late':
        late = write;
        die();
        return never();
      case 'unknown, and it lands late':
      case 'unknown beyond the deadline, and it lands late':
        if (landed) return write();
        late ??= write;
        cutOff = stream;
        if (fate === 'unknown, and it lands late') strike();
        return unknown;
      case 'a long pause before it':
        if (landed) return write();
        return new Promise((resolve) => {
          late = async () => resolve(await write());
          strike();
        });
      case 'acknowledgement lost': {
        const result = await write();
        if (hasStruck) return result;
        strike();
        return unknown;
      }
    }
  };

  const append = async (stream: string, expectedRevision: number, events: readonly NewEvent[]): Promise<AppendResult> => {
    await alive(stream);
    const [first] = events;
    if (first && !seen.includes(first.id)) seen.push(first.id);
    await onAppend?.();
    const write = () => inner.append(stream, expectedRevision, events);
    return (first && seen.indexOf(first.id) + 1 === at) || cutOff === stream ? meet(stream, write) : write();
  };

  return {
    eventStore: {
      ...inner,
      append,
      readStream: async function* (stream, fromRevision) {
        await alive(stream);
        yield* inner.readStream(stream, fromRevision);
      },
      head: async () => {
        await alive('');
        return inner.head();
      },
      readSnapshot: async (stream) => {
        await alive(stream);
        return inner.readSnapshot(stream);
      },
    },
    appends: () => seen.length,
    struck,
    diedAt: () => diedAt,
    landLate: async () => {
      const write = late;
      late = undefined;
      landed = true;
      await write?.();
    },
  };
};
