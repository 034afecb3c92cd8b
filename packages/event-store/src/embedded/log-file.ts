import { randomUUID } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import type { Revision } from '../event-store.js';
import type { CommitRow } from './commit-row.js';
import {
  closeConnection,
  command,
  connect,
  giveUp,
  pragma,
  query,
  transactions,
  walSync,
  type Connection,
  type ConnectionOptions,
  type Row,
} from './connection.js';
import { damageBehind, DamagedLogError } from './damaged-log.js';

/** Where the events of one stream are: of each commit that holds some, the revision of the first one and the commit's sequence number. */
export type Segment = { readonly last: Revision; readonly commits: readonly CommitOfStream[] };
export type CommitOfStream = readonly [first: Revision, sequence: number];
/** A snapshot as it stands in the file, whatever its bytes say. */
export type SnapshotRow = { readonly revision: Revision; readonly foldVersion: number; readonly hash: string; readonly state: string };

/** The file and its SQL: every call is one indexed look-up or one insert. Writes only inside `transaction`. */
export type LogFile = {
  /** What messages call it. */
  readonly name: string;
  /** Which log this is: made with the file, and kept in it. */
  readonly id: string;
  /** Runs `work` in a transaction. @throws TransactionFailedError; nothing of it is visible then */
  readonly transaction: (work: () => void) => void;
  /** Resolves when all transactions before the call are on disk; undefined where nobody waits for that. */
  readonly sync: (() => Promise<void>) | undefined;
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

/** Text is selected as bytes: this driver aborts the whole process over text that is no UTF-8. */
const bytes = (column: string): string => `CAST(${column} AS BLOB)`;

/** Reads what a row holds. @throws DamagedLogError where it is nothing that was ever written */
const columnsOf = (file: string) => {
  const bytesAt = (row: Row, column: number): Buffer => {
    const value = row[column];
    if (!Buffer.isBuffer(value)) throw new DamagedLogError(file, undefined, `column ${column} holds no text`);
    return value;
  };
  return {
    integerAt: (row: Row, column: number): number => {
      const value = row[column];
      if (typeof value !== 'number') throw new DamagedLogError(file, undefined, `column ${column} holds no number`);
      return value;
    },
    bytesAt,
    textAt: (row: Row, column: number): string => {
      const value = bytesAt(row, column);
      if (!isUtf8(value)) throw new DamagedLogError(file, undefined, `column ${column} holds bytes that are no text`);
      return value.toString();
    },
  };
};
type Columns = ReturnType<typeof columnsOf>;

const isCommits = (value: unknown): value is readonly CommitOfStream[] =>
  Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(Number.isInteger));

const commitStatements = (connection: Connection, { integerAt, bytesAt }: Columns) => {
  const columns = `sequence, checksum, ${bytes('events')}`;
  const insert = command(connection, 'INSERT INTO commits VALUES (?, ?, CAST(? AS TEXT))');
  const last = query(connection, 'SELECT coalesce(max(sequence), 0) FROM commits');
  const at = query(connection, `SELECT ${columns} FROM commits WHERE sequence = ?`);
  const between = query(connection, `SELECT ${columns} FROM commits WHERE sequence > ? AND sequence <= ? ORDER BY sequence`);
  const next = query(connection, `SELECT ${columns} FROM commits WHERE sequence > ? ORDER BY sequence LIMIT 1`);
  const commitOf = (row: Row): CommitRow => ({ sequence: integerAt(row, 0), checksum: integerAt(row, 1), bytes: bytesAt(row, 2) });
  return {
    insertCommit: ({ sequence, checksum, bytes }: CommitRow) => insert(sequence, checksum, bytes),
    lastSequence: () => integerAt(last()[0] ?? [], 0),
    commitAt: (sequence: number) => at(sequence).map(commitOf)[0],
    commitsBetween: (after: number, upTo: number) => between(after, upTo).map(commitOf),
    firstCommitAfter: (after: number) => next(after).map(commitOf)[0],
  };
};

const parsedCommits = (text: string, file: string): readonly CommitOfStream[] => {
  try {
    const commits: unknown = JSON.parse(text);
    if (isCommits(commits)) return commits;
  } catch {
    // said below
  }
  throw new DamagedLogError(file, undefined, 'the index of a stream is no list of commits');
};

const indexStatements = (connection: Connection, { integerAt, textAt }: Columns, file: string) => {
  const insert = command(connection, 'INSERT OR REPLACE INTO stream_segments VALUES (?, ?, ?, ?)');
  const latest = 'FROM stream_segments WHERE stream = ? AND first_revision <= ? ORDER BY first_revision DESC LIMIT 1';
  const before = query(connection, `SELECT last_revision, ${bytes('commits')} ${latest}`);
  const last = query(connection, 'SELECT last_revision FROM stream_segments WHERE stream = ? ORDER BY first_revision DESC LIMIT 1');
  const upTo = query(connection, 'SELECT up_to FROM indexed');
  const setUpTo = command(connection, 'UPDATE indexed SET up_to = ?');
  const segmentOf = (row: Row): Segment => ({ last: integerAt(row, 0), commits: parsedCommits(textAt(row, 1), file) });
  return {
    writeSegment: (stream: string, segment: Segment) =>
      insert(stream, segment.commits[0]?.[0] ?? 0, segment.last, JSON.stringify(segment.commits)),
    segmentBefore: (stream: string, revision: Revision) => before(stream, revision).map(segmentOf)[0],
    lastRevision: (stream: string) => last(stream).map((row) => integerAt(row, 0))[0],
    indexedUpTo: () => integerAt(upTo()[0] ?? [], 0),
    setIndexedUpTo: (sequence: number) => setUpTo(sequence),
  };
};

const snapshotStatements = (connection: Connection, { integerAt, bytesAt }: Columns) => {
  const read = query(connection, `SELECT revision, fold_version, ${bytes('hash')}, ${bytes('state')} FROM snapshots WHERE stream = ?`);
  const write = command(connection, 'INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?)');
  return {
    // What is no UTF-8 becomes other text, which the hash does not fit.
    readSnapshot: (stream: string) =>
      read(stream).map((row) => ({
        revision: integerAt(row, 0),
        foldVersion: integerAt(row, 1),
        hash: bytesAt(row, 2).toString(),
        state: bytesAt(row, 3).toString(),
      }))[0],
    writeSnapshot: (stream: string, { revision, foldVersion, hash, state }: SnapshotRow) =>
      write(stream, revision, foldVersion, hash, state),
  };
};

/** Gives the file an id where it has none: a new one, or one written before logs had an id. */
const identify = (connection: Connection, newId: () => string): void => {
  connection.exec('CREATE TABLE IF NOT EXISTS log_identity (only INTEGER PRIMARY KEY CHECK (only = 1), id TEXT NOT NULL) STRICT');
  if (query(connection, 'SELECT count(*) FROM log_identity')()[0]?.[0] === 0)
    command(connection, 'INSERT INTO log_identity VALUES (1, ?)')(newId());
};

/** A damaged file cannot be left in order; what could not be moved out of the write-ahead log stays in it. */
const closeFile = (connection: Connection, file: string): void => {
  try {
    closeConnection(connection);
  } catch (error) {
    if (!damageBehind(error, file)) throw error;
  }
};

/**
 * Looking through all pages costs about a millisecond for each MiB, and as long as the disk takes to read them where they are not in memory:
 * 0.1 s, at worst about a second, for the largest file that is looked through. In a larger one, damage is found where it is read.
 */
const largestChecked = 128 * 1024 * 1024;

/** @throws DamagedLogError where the pages of the file do not hang together */
const checkPages = (connection: Connection, file: string, upTo: number): void => {
  if (Number(pragma(connection, 'page_count')) * Number(pragma(connection, 'page_size')) > upTo) return;
  const [found] = query(connection, 'SELECT CAST(quick_check AS BLOB) FROM pragma_quick_check(1)')();
  const answer = String(found?.[0]);
  if (answer !== 'ok') throw new DamagedLogError(file, undefined, answer);
};

export type LogFileOptions = {
  readonly newId?: () => string;
  /** Bytes of the largest file whose pages are looked through at the start. */
  readonly checkedUpTo?: number;
};

/** @throws DataFolderInUseError, DamagedLogError */
export const openLogFile = (
  options: ConnectionOptions,
  { newId = randomUUID, checkedUpTo = largestChecked }: LogFileOptions = {},
): LogFile => {
  const { connection, name } = connect(options, (opened, file) => {
    prepareSchema(opened);
    checkPages(opened, file, checkedUpTo);
    identify(opened, newId);
  });
  const wal = 'inMemory' in options || (options.synchronous ?? 'FULL') !== 'FULL' ? undefined : walSync(name);
  try {
    const columns = columnsOf(name);
    return {
      name,
      id: columns.textAt(query(connection, `SELECT ${bytes('id')} FROM log_identity`)()[0] ?? [], 0),
      transaction: transactions(connection),
      sync: wal?.sync,
      ...commitStatements(connection, columns),
      ...indexStatements(connection, columns, name),
      ...snapshotStatements(connection, columns),
      close: () => {
        wal?.close();
        if ('inMemory' in options) connection.close();
        else closeFile(connection, name);
      },
    };
  } catch (error) {
    giveUp(connection);
    throw damageBehind(error, name) ?? error;
  }
};
