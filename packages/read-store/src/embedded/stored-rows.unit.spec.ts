import { describe, expect, it } from '@jest/globals';
import Libsql from 'libsql';
import { DamagedFileError, rowsIn, rowsSql, textsIn } from './stored-rows.js';

const read = (where: string, ...rows: readonly (readonly [id: string, guard: string, body: string])[]) => {
  const database = new Libsql(':memory:');
  database.exec('CREATE TABLE items (id TEXT PRIMARY KEY, guard TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID');
  for (const row of rows) database.prepare('INSERT INTO items VALUES (?, ?, ?)').run(row);
  const [row]: readonly unknown[] = database
    .prepare(rowsSql(`SELECT id, guard, body FROM items ${where}`))
    .raw()
    .all();
  const cell: unknown = Array.isArray(row) ? row[0] : undefined;
  return rowsIn(Buffer.isBuffer(cell) ? cell : null, () => undefined);
};

describe('rows of a collection', () => {
  it('come back as they were written, with the size of each document, whatever is in them', () => {
    const odd = 'a"b\\c\n\u0000,상품 🛒';
    const document = { text: odd, list: [1, null, { deep: true }] };
    const body = JSON.stringify(document);
    expect(read('ORDER BY id LIMIT 9', [odd, '1', body], ['z', '2', '{}'])).toEqual([
      { stored: { id: odd, guard: '1', document }, size: Buffer.byteLength(body) },
      { stored: { id: 'z', guard: '2', document: {} }, size: 2 },
    ]);
  });

  it('come in the order asked for, and as many as asked for', () => {
    const rows = Array.from({ length: 500 }, (_, n) => [`d${n}`, `${n}`, `{"n":${(n * 7_919) % 1_009}}`] as const);
    const inOrder = rows.map(([, , body]) => body).sort((a, b) => Number(b.slice(5, -1)) - Number(a.slice(5, -1)));
    const found = read(`ORDER BY (body ->> '$.n') DESC LIMIT 300 OFFSET 20`, ...rows);
    expect(found.map(({ stored }) => JSON.stringify(stored.document))).toEqual(inOrder.slice(20, 320));
  });

  it('are none where there are none', () => {
    expect(read('LIMIT 1')).toEqual([]);
  });

  it('are not parsed where something newer is known', () => {
    const known = { id: 'a', guard: '3', document: { known: true } };
    const cell = Buffer.from('["a","1",7,"b","2",2]\nno JSON\n{}');
    expect(rowsIn(cell, (id) => (id === 'a' ? known : undefined)).map(({ stored }) => stored)).toEqual([
      known,
      { id: 'b', guard: '2', document: {} },
    ]);
  });

  it.each([
    ['bytes that are no UTF-8', Buffer.from([0x5b, 0xab, 0x5d, 0x0a])],
    ['no list of rows', Buffer.from('{}\n')],
    ['no line', Buffer.from('["a","1",2]')],
    ['half a row', Buffer.from('["a","1"]\n{}')],
    ['text that is no JSON', Buffer.from('["a","1",1]\n{')],
    ['no document', Buffer.from('["a","1",1]\n7')],
  ])('are damaged where there is %s', (_, cell) => {
    expect(() => rowsIn(cell, () => undefined)).toThrow(DamagedFileError);
  });

  it('have names that are texts', () => {
    expect(textsIn(Buffer.from('["a","b"]'))).toEqual(['a', 'b']);
    expect(() => textsIn(Buffer.from('[null]'))).toThrow(DamagedFileError);
    expect(() => textsIn(Buffer.from([0x22, 0xab]))).toThrow(DamagedFileError);
  });
});
