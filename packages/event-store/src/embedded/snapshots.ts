import { createHash } from 'node:crypto';
import type { Snapshot } from '../event-store.js';
import { jsonFlaw } from '../json-value.js';
import type { LogFile, SnapshotRow } from './log-file.js';

const hashOf = (stream: string, { revision, foldVersion, state }: Omit<SnapshotRow, 'hash'>): string =>
  createHash('sha256').update(`${stream}\n${revision}\n${foldVersion}\n${state}`).digest('hex');

const rowOf = (stream: string, { revision, foldVersion, state: value }: Snapshot): SnapshotRow => {
  const state: string | undefined = JSON.stringify(value);
  const flaw = jsonFlaw(value);
  if (flaw !== undefined || state === undefined) throw new TypeError(`the snapshot of ${stream}${flaw}: JSON would not give it back`);
  const row = { revision, foldVersion, state };
  return { ...row, hash: hashOf(stream, row) };
};

const parse = (stream: string, row: SnapshotRow): Snapshot | undefined => {
  if (row.hash !== hashOf(stream, row)) return undefined;
  const state: unknown = JSON.parse(row.state);
  return { revision: row.revision, foldVersion: row.foldVersion, state };
};

type Waiting = { readonly row: SnapshotRow; readonly done: (error?: Error) => void };
type Early = Waiting & { readonly stream: string; readonly after: number };

/** Snapshots, written behind. The latest one given for a stream replaces those before it, waiting or written. */
export type Snapshots = {
  readonly read: (stream: string) => Snapshot | undefined;
  /**
   * Resolves when it is on disk, or when a later one has taken its place there. `after`: sequence number of the last event that may be in it.
   * @throws TypeError for what JSON cannot hold
   */
  readonly add: (stream: string, snapshot: Snapshot, after: number) => Promise<void>;
  readonly isDue: () => boolean;
  /** Writes what waits, inside the caller's transaction. Call `settle` with its outcome. */
  readonly write: () => void;
  readonly settle: (error?: Error) => void;
  /** What waits will not be written. */
  readonly drop: (error: Error) => void;
};

/** One that may hold staged events is early: it is neither read nor written before they are in the log, whose end `head` tells. */
export const snapshots = (file: LogFile, head: () => number): Snapshots => {
  let waiting = new Map<string, Waiting[]>();
  let early: Early[] = [];

  const takeUp = (): void => {
    if (early.length === 0) return;
    const before = early;
    early = [];
    for (const entry of before) {
      const { stream, after } = entry;
      if (after > head()) early.push(entry);
      else waiting.set(stream, [...(waiting.get(stream) ?? []), entry]);
    }
  };
  const settle = (error?: Error): void => {
    const settled = waiting;
    waiting = new Map();
    for (const entries of settled.values()) for (const { done } of entries) done(error);
  };

  return {
    read: (stream) => {
      takeUp();
      const row = waiting.get(stream)?.at(-1)?.row ?? file.readSnapshot(stream);
      return row && parse(stream, row);
    },
    add: (stream, snapshot, after) => {
      const row = rowOf(stream, snapshot);
      return new Promise((resolve, reject) => {
        early.push({ stream, after, row, done: (error?: Error) => (error ? reject(error) : resolve()) });
      });
    },
    isDue: () => {
      takeUp();
      return waiting.size > 0;
    },
    write: () => {
      for (const [stream, entries] of waiting) {
        const latest = entries.at(-1);
        if (latest) file.writeSnapshot(stream, latest.row);
      }
    },
    settle,
    drop: (error) => {
      const dropped = early;
      early = [];
      settle(error);
      for (const { done } of dropped) done(error);
    },
  };
};
