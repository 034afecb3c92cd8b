import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Libsql from 'libsql';
import { EventStoreUnavailableError, noStream, type RecordedEvent } from '../event-store.js';
import { beginning, toPosition } from '../position.js';
import { DamagedLogError, openEmbeddedEventStore } from './index.js';

const metadata = { version: 1, correlationId: 'request-1', causationId: 'command-1' };
const noted = (note: string) => ({ id: note, type: 'Noted', data: { note, balance: 1000 }, metadata });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'event-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A closed store of five commits: one event each, of two streams in turn, positions 1 to 5. */
const write = async (): Promise<void> => {
  const store = await openEmbeddedEventStore({ folder });
  for (let at = 0; at < 5; at += 1) await store.append(`wallet-${at % 2}`, Math.floor(at / 2) - 1, [noted(`event ${at + 1}`)]);
  await store.close();
};
const change = (sql: string): void => {
  const database = new Libsql(join(folder, 'events.db'));
  database.exec(sql);
  database.close();
};
const collect = async (pages: AsyncIterable<readonly RecordedEvent[]>): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const page of pages) events.push(...page);
  return events;
};

/** Reads everything by every way there is; each has to stop at the damage. */
const expectRefusedAt = async (sequence: number, stream: string): Promise<void> => {
  const store = await openEmbeddedEventStore({ folder });
  const where = `${join(folder, 'events.db')} is damaged at position ${toPosition(sequence)}`;
  try {
    await expect(collect(store.readAll(beginning))).rejects.toThrow(where);
    await expect(collect(store.readAll(beginning))).rejects.toThrow(EventStoreUnavailableError);
    await expect(collect(store.subscribe(beginning, new AbortController().signal))).rejects.toThrow(where);
    await expect(collect(store.readStream(stream, 0))).rejects.toThrow(where);
  } finally {
    await store.close();
  }
};

describe('a damaged log is refused and never skipped', () => {
  it('is whole before it is damaged', async () => {
    await write();
    const store = await openEmbeddedEventStore({ folder });
    expect(await collect(store.readAll(beginning))).toHaveLength(5);
    await store.close();
  });

  it.each([
    ['a flipped digit', `UPDATE commits SET events = replace(events, '1000', '9000') WHERE sequence = 2`],
    ['a text cut short', `UPDATE commits SET events = substr(events, 1, 60) WHERE sequence = 2`],
    [
      'another row in its place',
      `UPDATE commits SET (checksum, events) = (SELECT checksum, events FROM commits WHERE sequence = 4) WHERE sequence = 2`,
    ],
    ['a row that is gone', 'DELETE FROM commits WHERE sequence = 2'],
  ])('at a row in the middle: %s', async (_, sql) => {
    await write();
    change(sql);
    await expectRefusedAt(2, 'wallet-1');
  });

  it('at a bit that flipped on the disk', async () => {
    await write();
    const file = join(folder, 'events.db');
    const bytes = readFileSync(file);
    const at = bytes.indexOf('event 3');
    bytes[at + 6] = (bytes[at + 6] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    await expectRefusedAt(3, 'wallet-0');
  });

  it.each([
    ['the last row', `UPDATE commits SET events = replace(events, '1000', '9000') WHERE sequence = 5`],
    ['the last row, gone though it was indexed', 'DELETE FROM commits WHERE sequence = 5'],
    ['a row that is not indexed yet', `UPDATE indexed SET up_to = 0; UPDATE commits SET events = 'x' WHERE sequence = 3`],
    ['a row that is gone and was not indexed yet', 'UPDATE indexed SET up_to = 0; DELETE FROM commits WHERE sequence = 3'],
  ])('at the start: %s', async (_, sql) => {
    await write();
    change(sql);
    await expect(openEmbeddedEventStore({ folder })).rejects.toThrow(DamagedLogError);
    await expect(openEmbeddedEventStore({ folder })).rejects.toThrow(`${join(folder, 'events.db')} is damaged at position`);
  });

  it('does not take an append for one written before on the word of a damaged row', async () => {
    await write();
    change(`UPDATE commits SET events = replace(events, '1000', '9000') WHERE sequence = 2`);
    const store = await openEmbeddedEventStore({ folder });
    await expect(store.append('wallet-1', noStream, [noted('event 2')])).rejects.toThrow(EventStoreUnavailableError);
    await expect(store.append('wallet-0', 2, [noted('event 6')])).rejects.toThrow(`is damaged at position ${toPosition(2)}`);
    await expect(store.head()).rejects.toThrow(EventStoreUnavailableError);
    await store.close();
  });

  it('refuses a file of another version, and a file that is no database', async () => {
    await write();
    change('PRAGMA user_version = 2');
    await expect(openEmbeddedEventStore({ folder })).rejects.toThrow(/has version 2; this code reads version 1/);
    writeFileSync(join(folder, 'events.db'), 'x'.repeat(10_000));
    await expect(openEmbeddedEventStore({ folder })).rejects.toThrow(DamagedLogError);
    await expect(openEmbeddedEventStore({ folder })).rejects.toThrow(`${join(folder, 'events.db')} is damaged: file is not a database`);
  });
});
