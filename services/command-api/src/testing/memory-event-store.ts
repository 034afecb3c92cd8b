import {
  beginning,
  fromPosition,
  judgeAppend,
  noStream,
  toPosition,
  type EventStore,
  type NewEvent,
  type RecordedEvent,
  type Snapshot,
} from '@shop/event-store';

const pageSize = 64;

function* pagesOf(events: readonly RecordedEvent[]): Generator<readonly RecordedEvent[]> {
  for (let from = 0; from < events.length; from += pageSize) yield events.slice(from, from + pageSize);
}

/** The whole port in memory, for specs that need to see or to break what a store does. Values pass through JSON, as on disk. */
export const memoryEventStore = ({ maxAppendBytes = 1024 * 1024 } = {}): EventStore => {
  const log: RecordedEvent[] = [];
  const streams = new Map<string, RecordedEvent[]>();
  const snapshots = new Map<string, string>();
  let wake: (() => void)[] = [];

  const through = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  const write = (stream: string, events: readonly NewEvent[]): void => {
    const written = streams.get(stream) ?? [];
    streams.set(stream, written);
    for (const { id, type, data, metadata } of events) {
      const place = { stream, revision: written.length, position: toPosition(log.length + 1) };
      const recorded = { ...place, id, type, data: through(data), metadata: through(metadata) };
      written.push(recorded);
      log.push(recorded);
    }
    for (const go of wake) go();
    wake = [];
  };
  const after = (position: string) => log.slice(Number(fromPosition(position)));

  return {
    maxAppendBytes,
    append: async (stream, expectedRevision, events) => {
      if (events.length === 0) throw new RangeError('an append needs events');
      const written = streams.get(stream) ?? [];
      const ids = events.map(({ id }) => id);
      const { verdict } = judgeAppend(written.length - 1, expectedRevision, ids, (revision) => written[revision]?.id);
      if (verdict === 'conflict') return { outcome: 'conflict', revision: written.length - 1 };
      if (verdict === 'write') write(stream, events);
      const revision = expectedRevision + events.length;
      return { outcome: 'ok', revision, position: streams.get(stream)?.[revision]?.position ?? beginning };
    },
    readStream: async function* (stream, fromRevision) {
      yield* pagesOf((streams.get(stream) ?? []).slice(Math.max(noStream + 1, fromRevision)));
    },
    readStreamBackwards: async (stream, from, maxCount) => {
      const events = streams.get(stream) ?? [];
      const end = from === 'end' ? events.length : Math.min(from + 1, events.length);
      return events.slice(Math.max(0, end - maxCount), end).reverse();
    },
    readAll: async function* (position) {
      yield* pagesOf(after(position));
    },
    subscribe: async function* (position, signal) {
      let seen = position;
      while (!signal.aborted) {
        for (const page of pagesOf(after(seen))) {
          yield page;
          seen = page.at(-1)?.position ?? seen;
        }
        if (after(seen).length > 0) continue;
        await new Promise<void>((resolve) => {
          wake.push(resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    },
    head: async () => log.at(-1)?.position ?? beginning,
    readSnapshot: async (stream) => {
      const text = snapshots.get(stream);
      return text === undefined ? undefined : readSnapshot(text);
    },
    writeSnapshot: async (stream, snapshot) => {
      snapshots.set(stream, JSON.stringify(snapshot));
    },
    close: async () => undefined,
  };
};

const readSnapshot = (text: string): Snapshot => {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- this very store wrote it
  return JSON.parse(text) as Snapshot;
};
