import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadStoreUnavailableError } from '../read-store.js';
import { openInFolder, type Database } from './database.js';

const insert = 'INSERT INTO notes VALUES (?)';
const big = 'x'.repeat(2_000);

describe('rows that are committed later', () => {
  let folder = '';
  let database: Database | undefined;
  const open = (): Database => {
    database = openInFolder(folder, () => undefined);
    return database;
  };
  const written = (from: Database) => from.number('SELECT count(*) FROM notes', []);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'database-'));
    open().define('CREATE TABLE notes (text TEXT)');
  });
  afterEach(async () => {
    database?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('are seen at once, and are there after the file was closed', () => {
    for (let count = 1; count <= 10; count += 1) {
      expect(database?.run(insert, [`${count}`])).toBe(1);
      expect(database && written(database)).toBe(count);
    }
    database?.close();
    expect(written(open())).toBe(10);
  });

  it('stay when the file has no room for more, and go on with room', () => {
    const notes = database ?? open();
    notes.define('PRAGMA max_page_count=20');
    let acknowledged = 0;
    const fill = () => {
      for (;;) {
        notes.run(insert, [big]);
        acknowledged += 1;
      }
    };
    expect(fill).toThrow(ReadStoreUnavailableError);
    expect(acknowledged).toBeGreaterThan(5);
    expect(written(notes)).toBe(acknowledged);
    expect(() => notes.run(insert, [big])).toThrow(ReadStoreUnavailableError);
    expect(written(notes)).toBe(acknowledged);

    notes.define('PRAGMA max_page_count=10000');
    notes.run(insert, [big]);
    notes.close();
    expect(written(open())).toBe(acknowledged + 1);
  });

  it('are written again where the transaction they were in is gone', () => {
    const notes = database ?? open();
    notes.run(insert, ['one']);
    notes.run(insert, ['two']);
    expect(() => notes.run('INSERT OR ROLLBACK INTO notes SELECT CAST(abs(-9223372036854775808) AS TEXT)', [])).toThrow(
      ReadStoreUnavailableError,
    );
    expect(() => notes.run('ROLLBACK', [])).not.toThrow();
    expect(written(notes)).toBe(2);
    notes.run(insert, ['three']);
    notes.close();
    expect(written(open())).toBe(3);
  });
});
