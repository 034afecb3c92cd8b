import { describe, expect, it } from '@jest/globals';
import {
  appendHeads,
  byStream,
  checkedCommit,
  commitRows,
  parseCommit,
  parseStreamOf,
  type CommitLine,
  type CommitRow,
} from './commit-row.js';
import { DamagedLogError } from './damaged-log.js';

const event = (id: string, data: object = { note: id }) => JSON.stringify({ id, type: 'Noted', data, metadata: { version: 1 } });
const line = (stream: string, revision: number, sequence: number, ...texts: string[]): CommitLine => ({
  stream,
  revision,
  sequence,
  count: texts.length,
  text: `[${texts.join(',')}]`,
});
const single = (...lines: CommitLine[]): CommitRow => {
  const [row, ...others] = commitRows(lines);
  if (!row || others.length > 0) throw new Error('not one row');
  return row;
};
const eventsOf = (row: CommitRow, stream: string, file = 'events.db') =>
  parseStreamOf(byStream(checkedCommit(row, file), file), stream, file);
const places = (events: ReturnType<typeof parseStreamOf>) =>
  events.map(({ stream, revision, position, id }) => `${stream}@${revision} ${Number.parseInt(position, 16)} ${id}`);

describe('a row of the log', () => {
  const row = single(
    line('product-1', 4, 11, event('a'), event('b')),
    line('wallet-1', 0, 13, event('c')),
    line('product-1', 6, 14, event('d')),
  );

  it('gives back every event at its place', () => {
    expect(row.sequence).toBe(14);
    const { first, events } = parseCommit(row, 'events.db');
    expect(first).toBe(11);
    expect(places(events)).toEqual(['product-1@4 11 a', 'product-1@5 12 b', 'wallet-1@0 13 c', 'product-1@6 14 d']);
    expect(events[0]).toMatchObject({ type: 'Noted', data: { note: 'a' }, metadata: { version: 1 } });
  });

  it('gives back the events of one stream', () => {
    expect(places(eventsOf(row, 'product-1'))).toEqual(['product-1@4 11 a', 'product-1@5 12 b', 'product-1@6 14 d']);
    expect(places(eventsOf(row, 'wallet-1'))).toEqual(['wallet-1@0 13 c']);
    expect(eventsOf(row, 'wallet-2')).toEqual([]);
  });

  it('tells which revisions of which streams it holds without parsing them', () => {
    expect(appendHeads(checkedCommit(row, 'events.db'), 'events.db')).toMatchObject([
      { stream: 'product-1', first: 4, last: 5, position: 11 },
      { stream: 'wallet-1', first: 0, last: 0, position: 13 },
      { stream: 'product-1', first: 6, last: 6, position: 14 },
    ]);
  });

  it('does not take words inside an event for another stream, whatever a name looks like', () => {
    const trap = { stream: 'wallet-9', revision: 0, position: 1, events: [] };
    const odd = 'wallet-"9",\n{"stream":"x"';
    const tricky = single(
      line('wallet-1', 0, 1, event('a', trap), event('b', { text: `,\n${JSON.stringify(trap)}` })),
      line(odd, 0, 3, event('c')),
      line('wallet-9', 0, 4, event('d')),
    );
    expect(places(eventsOf(tricky, 'wallet-9'))).toEqual(['wallet-9@0 4 d']);
    expect(places(eventsOf(tricky, 'wallet-1'))).toEqual(['wallet-1@0 1 a', 'wallet-1@1 2 b']);
    expect(places(eventsOf(tricky, odd))).toEqual([`${odd}@0 3 c`]);
    expect(eventsOf(tricky, 'x')).toEqual([]);
    expect(appendHeads(checkedCommit(tricky, 'events.db'), 'events.db').map(({ stream, last }) => `${stream}@${last}`)).toEqual([
      'wallet-1@1',
      `${odd}@0`,
      'wallet-9@0',
    ]);
  });

  it('holds about as much as it should, and never a part of an append', () => {
    const long = event('long', { filler: 'x'.repeat(600) });
    const lines = [1, 2, 3, 4, 5].map((sequence) => line(`wallet-${sequence}`, 0, sequence, long));
    const rows = commitRows([...lines, line('product-1', 0, 6, ...Array.from({ length: 10 }, () => long))], 1_500);
    expect(rows.map(({ sequence }) => sequence)).toEqual([2, 4, 5, 15]);
    expect(rows.flatMap((each) => parseCommit(each, 'events.db').events)).toHaveLength(15);
  });

  it('is refused wherever one byte of it has changed', () => {
    for (let at = 0; at < row.bytes.length; at += 1) {
      const bytes = Buffer.from(row.bytes);
      bytes[at] = (bytes[at] ?? 0) ^ 0x81; // often no UTF-8 any more
      const damaged = { ...row, bytes };
      expect(() => parseCommit(damaged, '/data/events.db')).toThrow(DamagedLogError);
      expect(() => eventsOf(damaged, 'product-1', '/data/events.db')).toThrow('/data/events.db is damaged at position 000000000000000e');
    }
  });

  it('is refused where its appends have no heads, or come in another order', () => {
    const refused = (text: string) =>
      expect(() => appendHeads({ sequence: 14, text, trusted: false }, 'events.db')).toThrow(DamagedLogError);
    const { text } = checkedCommit(row, 'events.db');
    for (const other of [
      '',
      '[]',
      '{}',
      text.slice(2),
      text.replace('"position":13', '"position":"13"'),
      text.replace('wallet-1', 'wallet\\'),
      text.replace('"position":13', '"position":10'),
    ])
      refused(other);
  });

  it('is refused where its events do not end at its key, or do not follow each other', () => {
    expect(() => parseCommit({ ...row, sequence: 15 }, 'events.db')).toThrow(DamagedLogError);
    expect(() => parseCommit(single(line('wallet-1', 0, 1, event('a')), line('wallet-2', 0, 3, event('b'))), 'events.db')).toThrow(
      DamagedLogError,
    );
  });
});
