import {
  appendBytes,
  beginning,
  fromPosition,
  jsonFlaw,
  judgeAppend,
  toPosition,
  type AppendResult,
  type NewEvent,
  type Position,
  type RecordedEvent,
  type Revision,
  type Snapshot,
} from '@shop/event-store';
import { z } from 'zod';
import { frozen } from './frozen.js';

export type SimulatedLog = {
  readonly maxAppendBytes: number;
  /** Judged by the rule of every store, at once. @throws for what no retry can make right */
  readonly append: (stream: string, expected: Revision, events: readonly NewEvent[]) => AppendResult;
  readonly revisionOf: (stream: string) => Revision;
  readonly eventsOf: (stream: string) => readonly RecordedEvent[];
  readonly all: () => readonly RecordedEvent[];
  readonly after: (position: Position) => readonly RecordedEvent[];
  readonly head: () => Position;
  /** Every snapshot that was written of a stream, oldest first, as text. */
  readonly snapshots: Map<string, string[]>;
  /** Called after each append that wrote something. */
  readonly onWritten: Set<(written: readonly RecordedEvent[]) => void>;
};

const snapshotShape = z.object({ revision: z.int(), foldVersion: z.int(), state: z.unknown() });

/** Positions rise and have gaps, as those of an EventStoreDB have. */
export const positionGap = 7;

const check = (stream: string, events: readonly NewEvent[], maxBytes: number): void => {
  if (events.length === 0) throw new TypeError(`an append to ${stream} has no events`);
  if (new Set(events.map(({ id }) => id)).size < events.length) throw new TypeError(`an append to ${stream} has an event id twice`);
  for (const { type, data, metadata } of events) {
    const flaw = jsonFlaw(data) ?? jsonFlaw(metadata);
    if (flaw !== undefined) throw new TypeError(`${type}${flaw}: JSON would not give it back`);
  }
  if (events.reduce((sum, event) => sum + appendBytes(event), 0) > maxBytes)
    throw new RangeError(`an append to ${stream} holds more than ${maxBytes} bytes`);
};

const copied = (value: unknown): unknown => frozen(JSON.parse(JSON.stringify(value)));

/** The log itself, which no crash touches. What is read of it is shared and frozen: whoever changes it fails. */
export const simulatedLog = ({ maxAppendBytes = 1024 * 1024 } = {}): SimulatedLog => {
  const log: RecordedEvent[] = [];
  const streams = new Map<string, RecordedEvent[]>();
  const onWritten: SimulatedLog['onWritten'] = new Set();
  const eventsOf = (stream: string): readonly RecordedEvent[] => streams.get(stream) ?? [];

  const write = (stream: string, events: readonly NewEvent[]): void => {
    const written = streams.get(stream) ?? [];
    streams.set(stream, written);
    const recorded = events.map(({ id, type, data, metadata }, index): RecordedEvent => {
      const place = { stream, revision: written.length + index, position: toPosition((log.length + index + 1) * positionGap) };
      return Object.freeze({ ...place, id, type, data: copied(data), metadata: copied(metadata) });
    });
    written.push(...recorded);
    log.push(...recorded);
    for (const told of onWritten) told(recorded);
  };

  return {
    maxAppendBytes,
    append: (stream, expected, events) => {
      check(stream, events, maxAppendBytes);
      const current = eventsOf(stream).length - 1;
      const ids = events.map(({ id }) => id);
      const { verdict } = judgeAppend(current, expected, ids, (revision) => eventsOf(stream)[revision]?.id);
      if (verdict === 'conflict') return { outcome: 'conflict', revision: current };
      if (verdict === 'write') write(stream, events);
      const revision = expected + events.length;
      return { outcome: 'ok', revision, position: eventsOf(stream)[revision]?.position ?? beginning };
    },
    revisionOf: (stream) => eventsOf(stream).length - 1,
    eventsOf,
    all: () => log,
    after: (position) => log.slice(Math.floor(Number(fromPosition(position)) / positionGap)),
    head: () => log.at(-1)?.position ?? beginning,
    snapshots: new Map(),
    onWritten,
  };
};

export const parseSnapshot = (text: string): Snapshot => snapshotShape.parse(JSON.parse(text));
