import type { EventMetadata } from '@shop/events';
import type { Position } from './position.js';

/** Revision of the last event of a stream: 0 is its first event. */
export type Revision = number;
/** Expected revision of a stream without events. */
export const noStream: Revision = -1;

export type NewEvent = {
  readonly id: string;
  readonly type: string;
  readonly data: object;
  readonly metadata: EventMetadata;
  /** Says that `data` is of the shape that this code knows by this type, on a stream of its own: who gets this very object back need not parse it. */
  readonly trusted?: true | undefined;
};
/** As stored: `data` and `metadata` are JSON values that nobody has judged yet (`parseStored` of @shop/events does). */
export type RecordedEvent = {
  readonly stream: string;
  readonly revision: Revision;
  readonly position: Position;
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
  /** `data` is the object that was appended as trusted in this process, or a copy in another thread of it; never of what was read from a disk or another process. */
  readonly trusted?: true | undefined;
};

/**
 * - `ok`: the events are on disk, now or since an earlier identical try; `revision` and `position` are those of the last one.
 * - `conflict`: nothing was written; the stream stands at `revision`. Read its tail and decide again.
 * - `unknown`: written, not written, or written later. Repeat the identical append; nothing else may happen on the stream before.
 */
export type AppendResult =
  | { readonly outcome: 'ok'; readonly revision: Revision; readonly position: Position }
  | { readonly outcome: 'conflict'; readonly revision: Revision }
  | { readonly outcome: 'unknown'; readonly cause: unknown };

/** State of a stream's fold up to `revision`, to start from instead of the first event. Losing one costs time, never an answer. */
export type Snapshot = { readonly revision: Revision; readonly foldVersion: number; readonly state: unknown };

/** The store cannot answer now; nothing was written by this call. */
export class EventStoreUnavailableError extends Error {
  override readonly name = 'EventStoreUnavailableError';
}

/** The log of the shop: the only truth. Every adapter passes `eventStoreContract`. */
export type EventStore = {
  /**
   * Appends all events or none. `expectedRevision` is exact, `noStream` for a new stream; there is no "any".
   * One append per stream in flight. Event ids protect an identical retry and nothing else (append-rule.ts).
   * @throws EventStoreUnavailableError where surely nothing was written (a full disk); anything else is for what no retry can make right: no events, an id twice, more than `maxAppendBytes`, data that JSON cannot hold
   */
  readonly append: (stream: string, expectedRevision: Revision, events: readonly NewEvent[]) => Promise<AppendResult>;
  /** Most bytes (UTF-8 of `appendBytes`) that one append may hold. */
  readonly maxAppendBytes: number;
  /**
   * The events of a stream from `fromRevision` (inclusive) to its end, in pages; no page for a missing stream.
   * Fresh: holds everything acknowledged before the call.
   * @throws EventStoreUnavailableError, also half-way: a read never ends short without an error
   */
  readonly readStream: (stream: string, fromRevision: Revision) => AsyncIterable<readonly RecordedEvent[]>;
  /**
   * At most `maxCount` events of a stream, newest first, from a revision (inclusive) or its end downwards; none for a missing stream.
   * Fresh, like `readStream`. @throws EventStoreUnavailableError
   */
  readonly readStreamBackwards: (stream: string, from: Revision | 'end', maxCount: number) => Promise<readonly RecordedEvent[]>;
  /**
   * Only of a store that knows it without asking anybody: the last revision of a stream, `noStream` for a missing one. Fresh, like `readStream`.
   * @throws EventStoreUnavailableError
   */
  readonly lastRevision?: (stream: string) => Revision;
  /** Only of a store that knows it without reading: streams of the last events in the log, some thousands of them; none where it does not know. */
  readonly lastWritten?: () => readonly string[];
  /** All events of shop streams after a position, to the end as it is then, in pages. @throws EventStoreUnavailableError */
  readonly readAll: (after: Position) => AsyncIterable<readonly RecordedEvent[]>;
  /**
   * All events of shop streams after a position, then new ones as they come, in position order. Never ends by itself;
   * leaving the loop or aborting `signal` closes it (an abort ends the loop without error).
   * @throws EventStoreUnavailableError when it drops: subscribe again from the last position handled
   */
  readonly subscribe: (after: Position, signal: AbortSignal) => AsyncIterable<readonly RecordedEvent[]>;
  /** Position of the last event of the shop, `beginning` for an empty log. Fresh, like `readStream`. @throws EventStoreUnavailableError */
  readonly head: () => Promise<Position>;
  /** The newest snapshot of a stream, or undefined where there is none, or it is damaged. */
  readonly readSnapshot: (stream: string) => Promise<Snapshot | undefined>;
  /** Replaces the stream's snapshot. `state` is serialised before this returns: it may change afterwards. Failing is reported by a rejection that the caller may ignore. */
  readonly writeSnapshot: (stream: string, snapshot: Snapshot) => Promise<void>;
  readonly close: () => Promise<void>;
};

const mostOfCodeUnit = 6; // bytes: a control character is written as \u and four digits
const longestScalar = 25; // bytes of a number, true, false or null

const jsonBytesAtMost = (value: unknown): number => {
  if (typeof value === 'string') return value.length * mostOfCodeUnit + 2;
  if (typeof value !== 'object' || value === null) return longestScalar;
  let bytes = 2;
  if (Array.isArray(value)) for (const item of value) bytes += jsonBytesAtMost(item) + 1;
  else for (const [name, item] of Object.entries(value)) bytes += jsonBytesAtMost(name) + jsonBytesAtMost(item) + 2;
  return bytes;
};

/** No less than `appendBytes`, and found without writing anything down; `data` and `metadata` are JSON values. */
export const appendBytesAtMost = ({ type, data, metadata }: NewEvent): number =>
  jsonBytesAtMost(type) + jsonBytesAtMost(data) + jsonBytesAtMost(metadata);

/** What counts against `maxAppendBytes`: type, data and metadata of every event, as JSON. */
export const appendBytes = (event: NewEvent): number =>
  Buffer.byteLength(event.type) + Buffer.byteLength(JSON.stringify(event.data)) + Buffer.byteLength(JSON.stringify(event.metadata));
