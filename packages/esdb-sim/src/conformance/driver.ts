import { randomUUID } from 'node:crypto';
import {
  BACKWARDS,
  END,
  EventStoreDBClient,
  FORWARDS,
  jsonEvent,
  NO_STREAM,
  START,
  type AllStreamResolvedEvent,
  type AppendExpectedRevision,
  type AppendResult,
  type AppendToStreamOptions,
  type EventData,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type ResolvedEvent,
  type StreamingRead,
  type SubscribeToAllOptions,
} from '@eventstore/db-client';

/** What came back, in words that name no absolute position and no random id, so that two servers can be compared line by line. */
export type Case = { readonly id: string; readonly answer: (server: Driver) => Promise<string> };
export type Driver = ReturnType<typeof conformanceDriver>;
export type Appended = { readonly text: string; readonly result?: AppendResult };

const credentials = { username: 'admin', password: 'changeit' };
export const wrongPassword = { username: 'nobody', password: 'wrong' };

const fieldOf = (error: object, name: string): unknown => Object.entries(error).find(([key]) => key === name)?.[1];
const errorText = (error: unknown): string => {
  if (!(error instanceof Error)) return typeof error;
  const name = error.constructor.name;
  if (name === 'WrongExpectedVersionError') return `WrongExpectedVersion(actual=${String(fieldOf(error, 'actualVersion'))})`;
  if (name === 'MaxAppendSizeExceededError') return `MaxAppendSizeExceeded(max=${String(fieldOf(error, 'maxAppendSize'))})`;
  if (name === 'UnknownError') return `UnknownError(grpc ${/^\d+/.exec(error.message)?.[0] ?? '?'})`;
  return name === 'Error' ? `Error(${error.message.replace(/\s+/g, ' ').slice(0, 90)})` : name;
};
/** The answer, or the error in words. */
export const attempt = async (work: () => Promise<string>): Promise<string> => {
  try {
    return await work();
  } catch (error) {
    return errorText(error);
  }
};
/** Waits no longer than that. */
export const within = async (ms: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work, over]);
  clearTimeout(timer);
};

export const same = (one: Position | undefined, other: Position | undefined): boolean =>
  one !== undefined && other !== undefined && one.commit === other.commit && one.prepare === other.prepare;
export const shifted = ({ commit, prepare }: Position, by: bigint): Position => ({ commit: commit + by, prepare: prepare + by });
export const farBeyondTheEnd: Position = { commit: 1n << 60n, prepare: 1n << 60n };
export const revisions = (list: readonly { event?: { revision: bigint } }[]): string =>
  `[${list.map(({ event }) => String(event?.revision)).join(' ')}]`;
export const ofStream = (list: readonly AllStreamResolvedEvent[], stream: string) => list.filter(({ event }) => event?.streamId === stream);
export const happened = (n = 0, id: string = randomUUID()) => jsonEvent({ id, type: 'Happened', data: { n } });
export const times = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index));

const collect = async <Item>(stream: StreamingRead<Item>): Promise<Item[]> => {
  const items: Item[] = [];
  try {
    for await (const item of stream) items.push(item);
  } finally {
    await stream.cancel().catch(() => undefined);
  }
  return items;
};

/** The plain client with the few moves that the cases are made of. */
export const conformanceDriver = (url: string) => {
  const client = EventStoreDBClient.connectionString(url);
  const run = randomUUID().slice(0, 8);
  let streams = 0;
  const newStream = (prefix = 'conf') => `${prefix}-${run}${(streams += 1)}`;

  const append = (stream: string, events: EventData[], expectedRevision: AppendExpectedRevision, more: AppendToStreamOptions = {}) =>
    client.appendToStream(stream, events, { expectedRevision, credentials, requiresLeader: true, ...more });
  const appended = async (...request: Parameters<typeof append>): Promise<Appended> => {
    try {
      const result = await append(...request);
      return { text: `ok rev=${result.nextExpectedRevision}${result.position ? '' : ' no-position'}`, result };
    } catch (error) {
      return { text: errorText(error) };
    }
  };
  const read = (stream: string, options: ReadStreamOptions = {}): Promise<ResolvedEvent[]> =>
    collect(client.readStream(stream, { fromRevision: START, direction: FORWARDS, maxCount: 100, credentials, ...options }));

  return {
    client,
    credentials,
    newStream,
    append,
    appended,
    read,
    revisionsRead: (stream: string, options?: ReadStreamOptions) => attempt(async () => revisions(await read(stream, options))),
    count: (stream: string) => attempt(async () => String((await read(stream)).length)),
    readAll: (options: ReadAllOptions) => collect(client.readAll({ credentials, ...options })),
    newest: () => collect(client.readAll({ credentials, direction: BACKWARDS, fromPosition: END, maxCount: 64, requiresLeader: true })),
    /** A stream of single appends. */
    filled: async (count: number, stream = newStream()) => {
      const events = times(count, (n) => happened(n));
      const results: AppendResult[] = [];
      for (const [n, event] of events.entries()) results.push(await append(stream, [event], n === 0 ? NO_STREAM : BigInt(n - 1)));
      const [first] = results;
      const last = results.at(-1);
      if (!first?.position || !last?.position) throw new Error('an append came back without a position');
      return { stream, events, first: first.position, last: last.position };
    },
    limited: (stream: string, maxCount: number) =>
      client.setStreamMetadata(stream, { maxCount }, { expectedRevision: NO_STREAM, credentials }),
    /** Subscribes to everything and gathers until `enough`, or the time is over; `then` runs once it is confirmed. */
    subscribed: async (
      options: SubscribeToAllOptions,
      enough: (seen: readonly AllStreamResolvedEvent[]) => boolean,
      { ms = 3_000, then }: { ms?: number; then?: () => Promise<unknown> } = {},
    ) => {
      const subscription = client.subscribeToAll({ credentials, ...options });
      const seen: AllStreamResolvedEvent[] = [];
      const marks: string[] = [];
      const live = new Promise<void>((resolve) => subscription.on('caughtUp', resolve));
      subscription.on('confirmation', () => marks.push('confirmation'));
      subscription.on('caughtUp', () => marks.push('caughtUp'));
      let ended = 'still open';
      const follow = async () => {
        for await (const event of subscription) {
          seen.push(event);
          if (enough(seen)) return 'done';
        }
        return 'ended without error';
      };
      const following = attempt(follow).then((how) => (ended = how));
      if (then) {
        await live;
        await then();
      }
      await within(ms, following);
      const how = ended;
      await within(500, subscription.unsubscribe());
      return { seen, marks, ended: how };
    },
    dispose: () => client.dispose(),
  };
};
