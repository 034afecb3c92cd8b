import { closeSync, existsSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { LRUCache } from 'lru-cache';
import { ReadStoreUnavailableError } from '../read-store.js';
import { DamagedFileError, type Cell } from './stored-rows.js';

export type SqlValue = string | number | null;

/** The one connection to the file. Every call may throw ReadStoreUnavailableError. */
export type Database = {
  /** The number in the first column of the first row, 0 without one. */
  readonly number: (sql: string, values: readonly SqlValue[]) => number;
  /** The bytes in the only cell, as `read` understands them; what that throws as DamagedFileError is damage like any other. */
  readonly bytes: <Result>(sql: string, values: readonly SqlValue[], read: (cell: Cell) => Result) => Result;
  /** Writes rows; answers how many changed. In the transaction that is open, else in one of its own. Bytes become text by `CAST(? AS TEXT)`. */
  readonly run: (sql: string, values: readonly (SqlValue | Buffer)[]) => number;
  /** Opens a transaction where none is open. @throws ReadStoreUnavailableError where that which was open is lost: `rollBack` before the next */
  readonly begin: () => void;
  /** Ends the open transaction, if there is one. Not synced: a power loss may take the last ones, never their order. */
  readonly commit: () => void;
  /** Forgets what was written since `begin`; throws nothing. */
  readonly rollBack: () => void;
  /** Creates or drops tables and indexes; ends the open transaction first. */
  readonly define: (sql: string) => void;
  /** For what can be answered without the file: whoever is told of damage by one call must not be answered by the next. */
  readonly throwIfStopped: () => void;
  readonly close: () => void;
};

const format = 1;
const fileName = 'read-models.db';
/** Preparing again and again leaks memory in libsql, so statements are kept; shapes are few, collections come and go with rebuilds. */
const mostStatements = 256;

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');
/** A condition or an index that opens a damaged document, or a damaged definition of a table, fails as if the statement were wrong. */
const isBrokenStatement = (error: unknown): boolean =>
  error instanceof Error && codeOf(error) === 'SQLITE_ERROR' && /^(malformed JSON|no such column)/.test(error.message);
const isDamage = (error: unknown): boolean =>
  error instanceof DamagedFileError || isBrokenStatement(error) || /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error));

/**
 * libsql keeps a closed file locked until its statements are collected; leaving WAL and exclusive locking first lets go of it at once.
 * Where that fails (a damaged file, a full disk) the next process reads the log that is left; nothing is lost.
 */
const letGo = (connection: Libsql.Database): void => {
  try {
    connection.exec('PRAGMA journal_mode=DELETE; PRAGMA locking_mode=NORMAL; SELECT count(*) FROM sqlite_master');
  } catch {
    // see above
  }
  connection.close();
};

/** Damage ends it for good: `damaged` is told once, and nothing is answered any more. */
const wrap = (connection: Libsql.Database, damaged: (what: string) => void): Database => {
  const statements = new LRUCache<string, Libsql.Statement>({ max: mostStatements });
  let stopped: string | undefined;
  let closed = false;
  /** Also while one is open in name only, as SQLite has rolled it back by itself: then its commit fails. */
  let isOpen = false;

  const throwIfStopped = (): void => {
    if (stopped !== undefined) throw new ReadStoreUnavailableError(stopped);
  };
  const stopDamaged = (what: string): void => {
    stopped = `${fileName} is damaged: ${what}`;
    damaged(what);
  };
  const answering = <Result>(work: () => Result): Result => {
    throwIfStopped();
    try {
      return work();
    } catch (error) {
      if (error instanceof Error && isDamage(error)) stopDamaged(error.message);
      else if (!codeOf(error).startsWith('SQLITE_')) throw error;
      throw new ReadStoreUnavailableError(stopped ?? codeOf(error), { cause: error });
    }
  };
  const prepared = (sql: string): Libsql.Statement => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };

  const commit = (): void => {
    if (isOpen) connection.exec('COMMIT');
    isOpen = false;
  };
  const rollBack = (): void => {
    isOpen = false;
    try {
      // A full disk may have done it already.
      if (connection.inTransaction) connection.exec('ROLLBACK');
    } catch {
      // a damaged file: nothing is answered from it any more
    }
  };
  const firstCell = (sql: string, values: readonly SqlValue[]): unknown => {
    const [row]: readonly unknown[] = prepared(sql).raw().all(values);
    return Array.isArray(row) ? row[0] : undefined;
  };

  return {
    number: (sql, values) =>
      answering(() => {
        const cell = firstCell(sql, values) ?? 0;
        if (typeof cell !== 'number') throw new DamagedFileError('a value is no number');
        return cell;
      }),
    bytes: (sql, values, read) =>
      answering(() => {
        const cell = firstCell(sql, values) ?? null;
        if (cell !== null && !Buffer.isBuffer(cell)) throw new DamagedFileError('a value is no text');
        return read(cell);
      }),
    run: (sql, values) => answering(() => prepared(sql).run(values).changes),
    begin: () =>
      answering(() => {
        if (isOpen && !connection.inTransaction) throw new ReadStoreUnavailableError('the transaction was lost');
        if (!isOpen) connection.exec('BEGIN IMMEDIATE');
        isOpen = true;
      }),
    commit: () => answering(commit),
    rollBack,
    define: (sql) =>
      answering(() => {
        commit();
        connection.exec(sql);
      }),
    throwIfStopped,
    close: () => {
      if (closed) return;
      closed = true;
      stopped ??= 'the read store is closed';
      rollBack(); // nothing where all was written; an open transaction would keep the file locked
      statements.clear();
      letGo(connection);
    },
  };
};

const tune = (connection: Libsql.Database): void => {
  // NORMAL may lose the last commits at a power loss, never their order: documents are folded from the log again from the checkpoint that is left.
  connection.exec(
    'PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=8000; PRAGMA journal_size_limit=67108864',
  );
};

export const openInMemory = (): Database => {
  const connection = new Libsql(':memory:');
  tune(connection);
  return wrap(connection, () => undefined);
};

/** SQLite before 3.51.3 can corrupt a WAL file that has two connections: exclusive locking before WAL allows one. */
const connect = (file: string): Libsql.Database => {
  // Not an existing one: closing it would drop the locks that this process has on it (POSIX).
  if (!existsSync(file)) closeSync(openSync(file, 'wx', 0o600));
  const connection = new Libsql(file);
  try {
    connection.exec('PRAGMA locking_mode=EXCLUSIVE');
    const mode = connection.prepare('PRAGMA journal_mode=WAL').raw().all();
    if (JSON.stringify(mode) !== '[["wal"]]') throw new Error(`${file} cannot be used in WAL mode`);
    tune(connection);
    const [version] = connection.prepare('PRAGMA user_version').raw().all().flat();
    const [tables] = connection.prepare('SELECT count(*) FROM sqlite_master').raw().all().flat();
    if (version !== format && (version !== 0 || tables !== 0))
      throw Object.assign(new Error(`storage format ${String(version)}`), { code: 'SQLITE_NOTADB' });
    connection.exec(`PRAGMA user_version=${format}`);
    return connection;
  } catch (error) {
    letGo(connection);
    throw error;
  }
};

/**
 * Opens `read-models.db` in the folder. A damaged one, or one of another storage format, is deleted and started empty: the log rebuilds it.
 * Damage found while running leaves a mark for the next start.
 */
export const openInFolder = (folder: string, log: (message: string) => void): Database => {
  const file = join(folder, fileName);
  const mark = `${file}.damaged`;
  const startOver = (reason: string) => {
    log(`${fileName} is deleted and built again from the log: ${reason}`);
    for (const left of [file, `${file}-wal`, `${file}-shm`, `${file}-journal`, mark]) rmSync(left, { force: true });
    return connect(file);
  };
  const open = () => {
    if (existsSync(mark)) return startOver('it was found damaged');
    try {
      return connect(file);
    } catch (error) {
      if (!isDamage(error)) throw new ReadStoreUnavailableError(`cannot open ${fileName}`, { cause: error });
      return startOver(error instanceof Error ? error.message : 'it cannot be read');
    }
  };
  return wrap(open(), (what) => {
    log(`${fileName} is damaged: ${what}. Nothing is answered from it any more; the next start builds it again from the log`);
    try {
      writeFileSync(mark, '');
    } catch (error) {
      log(`${mark} cannot be written, delete ${fileName} before the next start: ${String(error)}`);
    }
  });
};
