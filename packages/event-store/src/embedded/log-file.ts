import type { Revision } from '../event-store.js';
import type { CommitRow } from './commit-row.js';
import {
  closeConnection,
  command,
  connect,
  pragma,
  query,
  transactions,
  type Connection,
  type ConnectionOptions,
  type Row,
} from './connection.js';

/** Where the events of one stream are: of each commit that holds some, the revision of the first one and the commit's sequence number. */
export type Segment = { readonly last: Revision; readonly commits: readonly CommitOfStream[] };
export type CommitOfStream = readonly [first: Revision, sequence: number];
export type SnapshotRow = { readonly revision: Revision; readonly foldVersion: number; readonly hash: string; readonly state: string };

/** The file and its SQL: every call is one indexed look-up or one insert. Writes only inside `transaction`. */
export type LogFile = {
  /** What messages call it. */
  readonly name: string;
  /** Runs `work` in a transaction, on disk when this returns. @throws TransactionFailedError; nothing of it is visible then */
  readonly transaction: (work: () => void) => void;
  /** Sequence number of the last event, 0 for none. */
  readonly lastSequence: () => number;
  readonly insertCommit: (row: CommitRow) => void;
  readonly commitAt: (sequence: number) => CommitRow | undefined;
  /** Commits whose last event is after `after` and at or before `upTo`, in order. */
  readonly commitsBetween: (after: number, upTo: number) => readonly CommitRow[];
  readonly firstCommitAfter: (after: number) => CommitRow | undefined;
  /** Commits up to this sequence number are in the index of streams. */
  readonly indexedUpTo: () => number;
  readonly setIndexedUpTo: (sequence: number) => void;
  /** Replaces the one that starts at the same revision. */
  readonly writeSegment: (stream: string, segment: Segment) => void;
  /** The last segment of a stream that starts at or before a revision. */
  readonly segmentBefore: (stream: string, revision: Revision) => Segment | undefined;
  /** Last revision of a stream by the index. */
  readonly lastRevision: (stream: string) => Revision | undefined;
  readonly readSnapshot: (stream: string) => SnapshotRow | undefined;
  readonly writeSnapshot: (stream: string, row: SnapshotRow) => void;
  readonly close: () => void;
};

const schema = `
  CREATE TABLE commits (sequence INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, events TEXT NOT NULL) STRICT;
  CREATE TABLE stream_segments (
    stream TEXT NOT NULL, first_revision INTEGER NOT NULL, last_revision INTEGER NOT NULL, commits TEXT NOT NULL,
    PRIMARY KEY (stream, first_revision)) STRICT, WITHOUT ROWID;
  CREATE TABLE indexed (only INTEGER PRIMARY KEY CHECK (only = 1), up_to INTEGER NOT NULL) STRICT;
  INSERT INTO indexed VALUES (1, 0);
  CREATE TABLE snapshots (
    stream TEXT PRIMARY KEY, revision INTEGER NOT NULL, fold_version INTEGER NOT NULL, hash TEXT NOT NULL, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;
const schemaVersion = 1;

const prepareSchema = (connection: Connection): void => {
  const version = pragma(connection, 'user_version');
  if (version !== 0 && version !== schemaVersion)
    throw new Error(`the file has version ${String(version)}; this code reads version ${schemaVersion}`);
  if (version === schemaVersion) return;
  connection.exec('BEGIN IMMEDIATE');
  connection.exec(schema);
  connection.exec(`PRAGMA user_version = ${schemaVersion}`);
  connection.exec('COMMIT');
};

const integerAt = (row: Row, column: number): number => {
  const value = row[column];
  if (typeof value !== 'number') throw new Error(`column ${column} holds no number`);
  return value;
};
const textAt = (row: Row, column: number): string => {
  const value = row[column];
  if (typeof value !== 'string') throw new Error(`column ${column} holds no text`);
  return value;
};
const isCommits = (value: unknown): value is readonly CommitOfStream[] =>
  Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(Number.isInteger));

const commitOf = (row: Row): CommitRow => ({ sequence: integerAt(row, 0), checksum: integerAt(row, 1), text: textAt(row, 2) });

const commitStatements = (connection: Connection) => {
  const insert = command(connection, 'INSERT INTO commits VALUES (?, ?, ?)');
  const last = query(connection, 'SELECT coalesce(max(sequence), 0) FROM commits');
  const at = query(connection, 'SELECT sequence, checksum, events FROM commits WHERE sequence = ?');
  const between = query(
    connection,
    'SELECT sequence, checksum, events FROM commits WHERE sequence > ? AND sequence <= ? ORDER BY sequence',
  );
  const next = query(connection, 'SELECT sequence, checksum, events FROM commits WHERE sequence > ? ORDER BY sequence LIMIT 1');
  return {
    insertCommit: ({ sequence, checksum, text }: CommitRow) => insert(sequence, checksum, text),
    lastSequence: () => integerAt(last()[0] ?? [], 0),
    commitAt: (sequence: number) => at(sequence).map(commitOf)[0],
    commitsBetween: (after: number, upTo: number) => between(after, upTo).map(commitOf),
    firstCommitAfter: (after: number) => next(after).map(commitOf)[0],
  };
};

const segmentOf = (row: Row): Segment => {
  const commits: unknown = JSON.parse(textAt(row, 1));
  if (!isCommits(commits)) throw new Error('the index of a stream is no list of commits');
  return { last: integerAt(row, 0), commits };
};

const indexStatements = (connection: Connection) => {
  const insert = command(connection, 'INSERT OR REPLACE INTO stream_segments VALUES (?, ?, ?, ?)');
  const latest = 'FROM stream_segments WHERE stream = ? AND first_revision <= ? ORDER BY first_revision DESC LIMIT 1';
  const before = query(connection, `SELECT last_revision, commits ${latest}`);
  const last = query(connection, 'SELECT last_revision FROM stream_segments WHERE stream = ? ORDER BY first_revision DESC LIMIT 1');
  const upTo = query(connection, 'SELECT up_to FROM indexed');
  const setUpTo = command(connection, 'UPDATE indexed SET up_to = ?');
  return {
    writeSegment: (stream: string, segment: Segment) =>
      insert(stream, segment.commits[0]?.[0] ?? 0, segment.last, JSON.stringify(segment.commits)),
    segmentBefore: (stream: string, revision: Revision) => before(stream, revision).map(segmentOf)[0],
    lastRevision: (stream: string) => last(stream).map((row) => integerAt(row, 0))[0],
    indexedUpTo: () => integerAt(upTo()[0] ?? [], 0),
    setIndexedUpTo: (sequence: number) => setUpTo(sequence),
  };
};

const snapshotStatements = (connection: Connection) => {
  const read = query(connection, 'SELECT revision, fold_version, hash, state FROM snapshots WHERE stream = ?');
  const write = command(connection, 'INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?)');
  return {
    readSnapshot: (stream: string) =>
      read(stream).map((row) => ({
        revision: integerAt(row, 0),
        foldVersion: integerAt(row, 1),
        hash: textAt(row, 2),
        state: textAt(row, 3),
      }))[0],
    writeSnapshot: (stream: string, { revision, foldVersion, hash, state }: SnapshotRow) =>
      write(stream, revision, foldVersion, hash, state),
  };
};

/** @throws DataFolderInUseError */
export const openLogFile = (options: ConnectionOptions): LogFile => {
  const { connection, name } = connect(options, prepareSchema);
  return {
    name,
    transaction: transactions(connection),
    ...commitStatements(connection),
    ...indexStatements(connection),
    ...snapshotStatements(connection),
    close: () => ('inMemory' in options ? void connection.close() : closeConnection(connection)),
  };
};
