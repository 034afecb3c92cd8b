import { judgeAppend, noStream } from '@shop/event-store';

/** An event as a client proposes it. */
export type Proposal = {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
};
export type LogRecord = Proposal & {
  readonly stream: string;
  readonly revision: number;
  /** Byte offset in the log: rising, with gaps. */
  readonly position: number;
  /** In ticks of 100 ns since 1970. */
  readonly created: string;
  /** A tombstone stands at revision 2^63 - 1 and ends its stream for good. */
  readonly tombstone?: true;
};
export type Expected = number | 'any' | 'exists';

export type AppendVerdict =
  /** Written, now or earlier. `record` is the last of its events, missing where reads no longer show it. */
  | { readonly verdict: 'written'; readonly revision: number; readonly record: LogRecord | undefined; readonly now: boolean }
  | { readonly verdict: 'wrong-expected-version'; readonly current: number }
  | { readonly verdict: 'stream-deleted' };

type Stream = { readonly records: LogRecord[]; tombstone: boolean };
type StreamMetadata = { readonly maxCount?: number; readonly truncateBefore?: number };

const softDeleted = 2 ** 63; // the server marks a deleted stream by truncating before the last possible revision
const recordHead = 97; // bytes: whatever makes positions rise unevenly
const sizeOf = ({ stream, type, data, metadata }: LogRecord) => recordHead + stream.length + type.length + data.length + metadata.length;

const numberAt = (value: object, key: string): number | undefined => {
  const found: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
  return typeof found === 'number' ? found : undefined;
};
const parseMetadata = (record: LogRecord | undefined): StreamMetadata => {
  const value: unknown = record ? JSON.parse(Buffer.from(record.data).toString()) : {};
  if (typeof value !== 'object' || value === null) return {};
  const [maxCount, truncateBefore] = [numberAt(value, '$maxCount'), numberAt(value, '$tb')];
  return { ...(maxCount === undefined ? undefined : { maxCount }), ...(truncateBefore === undefined ? undefined : { truncateBefore }) };
};

export type EsdbLog = ReturnType<typeof esdbLog>;

/**
 * The log of one node. What is written is judged at once and shown to readers once it is committed: between the two it is what a
 * leader has that its cluster has not acknowledged, and it may vanish.
 */
export const esdbLog = (now: () => number) => {
  const records: LogRecord[] = [];
  const streams = new Map<string, Stream>();
  const watchers = new Set<() => void>();
  let committed = 0;
  let end = 1_024; // a real log begins with records that nobody can read

  const wake = () => {
    for (const watcher of [...watchers]) watcher();
  };
  const streamOf = (name: string): Stream => {
    const known = streams.get(name);
    if (known) return known;
    const created: Stream = { records: [], tombstone: false };
    streams.set(name, created);
    return created;
  };
  const add = (record: LogRecord) => {
    const stream = streamOf(record.stream);
    if (record.tombstone) stream.tombstone = true;
    else stream.records.push(record);
    records.push(record);
    end = record.position + sizeOf(record);
  };
  const metadataOf = (name: string) => parseMetadata(streams.get(`$$${name}`)?.records.at(-1));
  const firstReadable = (name: string, last: number): number => {
    const { maxCount, truncateBefore = 0 } = metadataOf(name);
    return Math.max(truncateBefore, maxCount === undefined ? 0 : last - maxCount + 1);
  };
  const isCommitted = (record: LogRecord) => record.position < (records[committed]?.position ?? end);

  const write = (name: string, proposals: readonly Proposal[], tombstone?: true): LogRecord | undefined => {
    const created = String(now() * 10_000);
    for (const proposal of proposals) {
      const revision = streamOf(name).records.length;
      add({ ...proposal, stream: name, revision, position: end, created, ...(tombstone ? { tombstone } : undefined) });
    }
    return records.at(-1);
  };
  const writeMetadata = (name: string, metadata: object) => {
    const data = Buffer.from(JSON.stringify(metadata));
    const id = `00000000-0000-4000-8000-${String(records.length).padStart(12, '0')}`;
    write(`$$${name}`, [{ id, type: '$metadata', contentType: 'application/json', data, metadata: new Uint8Array() }]);
  };

  /** Where an append that names no revision repeats events that stand there, the revision before them. */
  const expectedByIds = (name: string, current: number, ids: readonly string[]): number => {
    const first = streams.get(name)?.records.findIndex(({ id }) => id === ids[0]) ?? -1;
    return first === -1 ? current : first - 1;
  };

  const append = (name: string, expected: Expected, proposals: readonly Proposal[]): AppendVerdict => {
    const stream = streams.get(name);
    if (stream?.tombstone) return { verdict: 'stream-deleted' };
    const current = (stream?.records.length ?? 0) - 1;
    if (expected === 'exists' && current === noStream) return { verdict: 'wrong-expected-version', current };
    const ids = proposals.map(({ id }) => id);
    const exact = typeof expected === 'number' ? expected : expectedByIds(name, current, ids);
    if (proposals.length === 0)
      return exact === current
        ? { verdict: 'written', revision: current, record: records[committed - 1], now: false }
        : { verdict: 'wrong-expected-version', current };
    const judged = judgeAppend(current, exact, ids, (revision) => stream?.records[revision]?.id);
    const deleted = (metadataOf(name).truncateBefore ?? 0) >= softDeleted;
    if (judged.verdict === 'written-before') {
      const record = stream?.records[exact + ids.length];
      const readable = record !== undefined && record.revision >= firstReadable(name, current);
      return { verdict: 'written', revision: exact + ids.length, record: readable ? record : undefined, now: false };
    }
    if (judged.verdict === 'conflict' && !(deleted && exact === noStream)) return { verdict: 'wrong-expected-version', current };
    if (deleted) writeMetadata(name, { $tb: current + 1 });
    const record = write(name, proposals);
    return { verdict: 'written', revision: current + ids.length, record, now: true };
  };

  const remove = (name: string, expected: Expected, kind: 'delete' | 'tombstone'): AppendVerdict => {
    const stream = streams.get(name);
    if (stream?.tombstone) return { verdict: 'stream-deleted' };
    const current = (stream?.records.length ?? 0) - 1;
    if (typeof expected === 'number' && expected !== current) return { verdict: 'wrong-expected-version', current };
    if (kind === 'delete') writeMetadata(name, { $tb: softDeleted });
    else {
      const id = `00000000-0000-4000-9000-${String(records.length).padStart(12, '0')}`;
      const nothing = new Uint8Array();
      write(name, [{ id, type: '$streamDeleted', contentType: 'application/octet-stream', data: nothing, metadata: nothing }], true);
    }
    return { verdict: 'written', revision: current, record: records.at(-1), now: true };
  };

  /** Index of the first record at or after a position. */
  const indexAt = (position: number): number => {
    let [low, high] = [0, records.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((records[middle]?.position ?? Infinity) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    append,
    remove,
    /** Written as they stand: a log that is read back, or copied from another node. */
    restore: (copied: readonly LogRecord[]) => {
      for (const record of copied) add(record);
      committed = records.length;
      wake();
    },
    written: () => records.length,
    writtenFrom: (index: number): readonly LogRecord[] => records.slice(index),
    committed: () => committed,
    end: () => end,
    isCommitted,
    commit: (upTo: number = records.length) => {
      if (upTo <= committed) return;
      committed = Math.min(upTo, records.length);
      wake();
    },
    /** Takes back what was written and never committed, as a node does that joins another leader. */
    discard: () => {
      for (const record of records.splice(committed)) {
        const stream = streamOf(record.stream);
        if (record.tombstone) stream.tombstone = false;
        else stream.records.pop();
      }
      const last = records.at(-1);
      end = last ? last.position + sizeOf(last) : 1_024;
      wake();
    },
    /** Calls back whenever the committed end moves, until the returned function is called. */
    watch: (watcher: () => void) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    record: (index: number): LogRecord | undefined => (index < committed ? records[index] : undefined),
    indexAt,
    /** What readers may see of a stream, undefined where they are told that it does not exist. */
    read: (name: string): readonly LogRecord[] | 'deleted' | undefined => {
      const stream = streams.get(name);
      if (!stream) return undefined;
      if (stream.tombstone) return 'deleted';
      let visible = stream.records.length;
      for (let last = stream.records[visible - 1]; last && !isCommitted(last); last = stream.records[visible - 1]) visible -= 1;
      const from = firstReadable(name, visible - 1);
      return visible === 0 || from >= softDeleted ? undefined : stream.records.slice(Math.min(from, visible), visible);
    },
  };
};
