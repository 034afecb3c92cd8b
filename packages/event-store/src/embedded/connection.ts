import { closeSync, existsSync, fdatasync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import Libsql from 'libsql';
import { damageBehind } from './damaged-log.js';

/** Another process, or another store of this process, has the data folder open. */
export class DataFolderInUseError extends Error {
  override readonly name = 'DataFolderInUseError';
  constructor(folder: string, options?: ErrorOptions) {
    super(
      `${folder} is in use: another process of the shop has its event store open. Stop that process or choose another folder.`,
      options,
    );
  }
}

/** A transaction that failed. `certain`: it was rolled back for sure; else it may be there after a restart. */
export class TransactionFailedError extends Error {
  override readonly name = 'TransactionFailedError';
  readonly certain: boolean;
  constructor(certain: boolean, cause: unknown) {
    super(`the event store could not write: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.certain = certain;
  }
}

export type ConnectionOptions =
  | {
      readonly folder: string;
      readonly synchronous?: Synchronous;
    }
  | { readonly inMemory: true };

/**
 * When what was committed goes to disk: before anybody learns of it, at checkpoints, or whenever the system likes. FULL unless said otherwise:
 * the others lose acknowledged events when the power fails, and are there for benchmarks and for the control of that test.
 */
export type Synchronous = 'FULL' | 'NORMAL' | 'OFF';

export type Row = readonly unknown[];
const isRow = (value: unknown): value is Row => Array.isArray(value);

/** Creates the folder for its owner alone, and makes its name survive a power loss. */
const createFolder = (folder: string): void => {
  const created = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (created === undefined || process.platform === 'win32') return; // Windows cannot sync a folder
  const parent = openSync(dirname(created), 'r');
  fsyncSync(parent);
  closeSync(parent);
};

/**
 * Readable by its owner alone; SQLite gives the files beside it the same mode. Only where there is none: closing a file
 * drops the locks that this process has on it (POSIX), those of a store that is open in it too.
 */
const createFile = (name: string): void => {
  if (!existsSync(name)) closeSync(openSync(name, 'wx', 0o600));
};

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '');

export type Connection = InstanceType<typeof Libsql>;

/** All rows, as arrays: `get()` of this driver adds a field of its own, and a cursor left open would hold back the checkpoint. */
export const query = (connection: Connection, sql: string) => {
  const statement = connection.prepare(sql).raw(); // prepared once: preparing again and again leaks in this driver
  return (...parameters: readonly unknown[]): readonly Row[] => statement.all(...parameters).filter(isRow);
};
export const command = (connection: Connection, sql: string) => {
  const statement = connection.prepare(sql);
  return (...parameters: readonly unknown[]): void => void statement.run(...parameters);
};
export const pragma = (connection: Connection, name: string): unknown => query(connection, `PRAGMA ${name}`)()[0]?.[0];

/**
 * The order matters. The exclusive lock comes before WAL: this SQLite (3.45) can corrupt a WAL file that has two connections.
 * A killed owner blocks nobody, the lock dies with its process.
 */
const configure = (connection: Connection, wanted: Synchronous): void => {
  connection.exec('PRAGMA locking_mode = EXCLUSIVE');
  connection.exec('PRAGMA journal_mode = WAL');
  // At FULL it would sync inside of COMMIT, and the whole process would wait for the disk: `walSync` does that beside it.
  connection.exec(`PRAGMA synchronous = ${wanted === 'OFF' ? 'OFF' : 'NORMAL'}`);
  const [locking, journal, synchronous] = ['locking_mode', 'journal_mode', 'synchronous'].map((name) => pragma(connection, name));
  if (locking !== 'exclusive' || journal !== 'wal' || synchronous !== (wanted === 'OFF' ? 0 : 1))
    throw new Error(`SQLite runs with locking ${String(locking)}, journal ${String(journal)}, synchronous ${String(synchronous)}`);
};

/**
 * Gives the file back at once. `close()` of this driver keeps the lock until its statements are collected;
 * leaving WAL and exclusive locking first releases it, and leaves one file that is complete by itself.
 */
export const closeConnection = (connection: Connection): void => {
  try {
    connection.exec('PRAGMA journal_mode = DELETE');
    connection.exec('PRAGMA locking_mode = NORMAL');
    pragma(connection, 'user_version'); // the lock is let go at the next access
  } finally {
    connection.close();
  }
};

/** Closes a connection that was of no use, or a damaged file's. */
export const giveUp = (connection: Connection): void => {
  try {
    closeConnection(connection);
  } catch {
    // a file that cannot be used cannot be left in order either
  }
};

/** Opens the file, or memory, and prepares it. @throws DataFolderInUseError, DamagedLogError */
export const connect = (
  options: ConnectionOptions,
  prepare: (connection: Connection, name: string) => void,
): { readonly connection: Connection; readonly name: string } => {
  if ('inMemory' in options) {
    const connection = new Libsql(':memory:');
    const name = 'the event store in memory';
    prepare(connection, name);
    return { connection, name };
  }
  const folder = resolve(options.folder);
  const name = join(folder, 'events.db');
  let connection: Connection | undefined;
  try {
    createFolder(folder);
    createFile(name);
    connection = new Libsql(name);
    configure(connection, options.synchronous ?? 'FULL');
    prepare(connection, name);
    return { connection, name };
  } catch (error) {
    if (connection) giveUp(connection);
    if (codeOf(error).startsWith('SQLITE_BUSY')) throw new DataFolderInUseError(folder, { cause: error });
    const damage = damageBehind(error, name);
    if (damage) throw damage;
    throw new Error(`cannot open the event store ${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
};

/** A commit's last frame could not be written where the disk is full, so it is not there; any other failing commit may be. */
const isCertain = (step: 'work' | 'commit', error: unknown): boolean => step === 'work' || codeOf(error) === 'SQLITE_FULL';

export type WalSync = {
  /** Resolves when every transaction that was committed before the call is on disk. After a rejection nobody can tell what is. */
  readonly sync: () => Promise<void>;
  readonly close: () => void;
};

/**
 * Syncs the write-ahead log of a file beside the process's own work. The log is one file for as long as the connection is open, a transaction
 * is in it when COMMIT returns, and SQLite itself syncs it before it moves pages out of it and before it starts it anew: so a sync of it after
 * COMMIT is all that FULL adds to NORMAL. Closing it loses no lock: those are on the file itself.
 */
export const walSync = (name: string): WalSync => {
  let descriptor: number | undefined;
  return {
    sync: () =>
      new Promise((resolve, reject) => {
        descriptor ??= openSync(`${name}-wal`, 'r+'); // not before: the first transaction makes it
        fdatasync(descriptor, (error) => (error ? reject(error) : resolve()));
      }),
    close: () => {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
};

/** Runs some work in a transaction, committed when it returns: a killed process loses nothing of it, a power failure may. */
export const transactions = (connection: Connection): ((work: () => void) => void) => {
  const begin = command(connection, 'BEGIN IMMEDIATE');
  const commit = command(connection, 'COMMIT');
  return (work) => {
    let step: 'work' | 'commit' = 'work';
    try {
      begin();
      work();
      step = 'commit';
      commit();
    } catch (error) {
      if (connection.inTransaction) connection.exec('ROLLBACK');
      throw new TransactionFailedError(isCertain(step, error), error);
    }
  };
};
