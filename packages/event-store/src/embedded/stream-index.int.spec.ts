import { describe, expect, it } from '@jest/globals';
import { openLogFile, type LogFile } from './log-file.js';
import { streamIndex } from './stream-index.js';

const writePart = (file: LogFile, index: ReturnType<typeof streamIndex>): void => {
  file.transaction(index.write);
  index.written();
};

describe('the index of streams', () => {
  /** Ten commits: product-1 gets two events in each, wallet-{n} one in every n-th. */
  const fill = (index: ReturnType<typeof streamIndex>, from = 1, to = 10): void => {
    for (let commit = from; commit <= to; commit += 1) {
      index.add('product-1', 2 * commit - 2, 2 * commit - 1, commit * 10);
      for (const wallet of [1, 2, 5])
        if (commit % wallet === 0) index.add(`wallet-${wallet}`, commit / wallet - 1, commit / wallet - 1, commit * 10);
    }
  };
  const expectFilled = (index: ReturnType<typeof streamIndex>): void => {
    expect(['product-1', 'wallet-1', 'wallet-2', 'wallet-5', 'wallet-9'].map(index.lastRevision)).toEqual([19, 9, 4, 1, -1]);
    for (let revision = 0; revision < 20; revision += 1)
      expect(index.commitsFrom('product-1', revision)[0]).toEqual([revision - (revision % 2), (Math.floor(revision / 2) + 1) * 10]);
    expect(index.commitsFrom('wallet-5', 1)).toEqual([[1, 100]]);
    expect(index.commitsFrom('product-1', 20)).toEqual([]);
    expect(index.commitsFrom('wallet-9', 0)).toEqual([]);
  };

  it('answers the same before it is written, between two parts, and after', () => {
    const file = openLogFile({ inMemory: true });
    const index = streamIndex(file, { writeAfter: 30, part: 1 });
    fill(index);
    expect(index.isDue()).toBe(true);
    for (let part = 0; part < 4; part += 1) {
      expectFilled(index);
      expect(index.writtenUpTo()).toBe(0);
      expect(file.indexedUpTo()).toBe(0);
      writePart(file, index);
    }
    expectFilled(index);
    expect(index.isDue()).toBe(false);
    expect([index.writtenUpTo(), file.indexedUpTo()]).toEqual([100, 100]);
    expectFilled(streamIndex(file));
  });

  it('names the streams that are not written wholly', () => {
    const file = openLogFile({ inMemory: true });
    const index = streamIndex(file, { writeAfter: 30, part: 3 });
    fill(index);
    expect([...index.unwritten()].sort()).toEqual(['product-1', 'wallet-1', 'wallet-2', 'wallet-5']);
    writePart(file, index);
    index.add('cart-1', 0, 0, 110);
    expect([...index.unwritten()].sort()).toEqual(['cart-1', 'product-1', 'wallet-1', 'wallet-2', 'wallet-5']);
    writePart(file, index);
    expect(index.unwritten()).toEqual(['cart-1']);
  });

  it('goes on gathering while it is written', () => {
    const file = openLogFile({ inMemory: true });
    const index = streamIndex(file, { writeAfter: 1, part: 1 });
    fill(index, 1, 4);
    writePart(file, index);
    fill(index, 5, 10);
    expectFilled(index);
    while (index.isDue()) {
      writePart(file, index);
      expectFilled(index);
    }
    expect(file.indexedUpTo()).toBe(100);
    expectFilled(streamIndex(file));
  });

  it('is written again, from the same place on, after a crash between two parts', () => {
    const file = openLogFile({ inMemory: true });
    const dying = streamIndex(file, { writeAfter: 1, part: 2 });
    fill(dying, 1, 7);
    writePart(file, dying);
    const index = streamIndex(file, { writeAfter: 1, part: 2 });
    fill(index);
    expectFilled(index);
    while (index.isDue()) writePart(file, index);
    expectFilled(index);
    expectFilled(streamIndex(file));
  });

  it('writes the same part again where it could not be written', () => {
    const file = openLogFile({ inMemory: true });
    const index = streamIndex(file, { writeAfter: 1, part: 3 });
    fill(index);
    expect(() =>
      file.transaction(() => {
        index.write();
        throw new Error('no room');
      }),
    ).toThrow('no room');
    expectFilled(index);
    while (index.isDue()) writePart(file, index);
    expectFilled(streamIndex(file));
  });

  it('remembers the ends of as many streams as it is told, and looks the others up', () => {
    const file = openLogFile({ inMemory: true });
    const index = streamIndex(file, { writeAfter: 1, mostHeads: 2 });
    fill(index);
    while (index.isDue()) writePart(file, index);
    expectFilled(index);
    expectFilled(index);
  });
});
