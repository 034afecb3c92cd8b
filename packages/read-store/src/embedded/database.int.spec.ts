import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadStoreUnavailableError } from '../read-store.js';
import { openInFolder, type Database } from './database.js';

const insert = 'INSERT INTO notes VALUES (?)';
const big = 'x'.repeat(2_000);

describe('rows that are committed together', () => {
  let folder = '';
  let database: Database;
  const reopen = () => {
    database.close();
    database = openInFolder(folder, () => undefined);
  };
  const written = () => database.number('SELECT count(*) FROM notes', []);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'database-'));
    database = openInFolder(folder, () => undefined);
    database.define('CREATE TABLE notes (text TEXT)');
  });
  afterEach(async () => {
    database.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('are seen at once, and stay once they are committed', () => {
    database.begin();
    for (let count = 1; count <= 10; count += 1) {
      expect(database.run(insert, [`${count}`])).toBe(1);
      expect(written()).toBe(count);
    }
    database.commit();
    reopen();
    expect(written()).toBe(10);
  });

  it('are gone where they were not', () => {
    database.run(insert, ['on its own']);
    database.begin();
    database.run(insert, ['rolled back']);
    database.rollBack();
    database.begin();
    database.run(insert, ['not committed']);
    reopen();
    expect(written()).toBe(1);
  });

  it('are committed before a table changes', () => {
    database.begin();
    database.run(insert, ['one']);
    database.define('CREATE TABLE others (text TEXT)');
    database.rollBack();
    expect(written()).toBe(1);
  });

  it('are refused when the file has no room for more, all of them, and taken with room', () => {
    database.define('PRAGMA max_page_count=20');
    database.run(insert, ['before']);
    const fill = () => {
      database.begin();
      for (let count = 0; count < 100; count += 1) database.run(insert, [big]);
      database.commit();
    };
    expect(fill).toThrow(ReadStoreUnavailableError);
    database.rollBack();
    expect(written()).toBe(1);
    database.define('PRAGMA max_page_count=10000');
    fill();
    reopen();
    expect(written()).toBe(101);
  });

  it('are never taken for committed where SQLite gave their transaction up', () => {
    const giveUp = () => database.run('INSERT OR ROLLBACK INTO notes SELECT CAST(abs(-9223372036854775808) AS TEXT)', []);
    for (const goOn of [() => database.commit(), () => database.begin()]) {
      database.begin();
      database.run(insert, ['lost']);
      expect(giveUp).toThrow(ReadStoreUnavailableError);
      database.run('ROLLBACK', []);
      expect(goOn).toThrow(ReadStoreUnavailableError);
      database.rollBack();
    }
    expect(written()).toBe(0);
  });
});
