import { describe, expect, it } from '@jest/globals';
import { documentCache } from './document-cache.js';

const stored = (id: string, guard = '1') => ({ id, guard, document: {} });

describe('the documents kept in memory', () => {
  it('are as many as there is room for, and those used last', () => {
    const cache = documentCache(30);
    for (const id of ['a', 'b', 'c']) cache.put('items', stored(id), 10);
    cache.get('items', 'a');
    cache.put('items', stored('d'), 10);
    expect(['a', 'b', 'c', 'd'].filter((id) => cache.get('items', id))).toEqual(['a', 'c', 'd']);
  });

  it('count the size of a document once, however often it is written', () => {
    const cache = documentCache(30);
    cache.put('items', stored('a'), 10);
    for (let turn = 0; turn < 20; turn += 1) cache.put('items', stored('b'), 20);
    expect(cache.get('items', 'a')).toBeDefined();
  });

  it('of one collection leave those of another alone', () => {
    const cache = documentCache(30);
    cache.put('balances', stored('a'), 30);
    for (let id = 0; id < 100; id += 1) cache.put('orders', stored(`${id}`), 30);
    expect(cache.get('balances', 'a')).toEqual(stored('a'));
  });

  it('are gone when they are forgotten, one or all', () => {
    const cache = documentCache(30);
    for (const id of ['a', 'b']) cache.put('items', stored(id), 10);
    cache.forget('items', 'a');
    expect([cache.get('items', 'a'), cache.get('items', 'b')]).toEqual([undefined, stored('b')]);
    cache.forgetAll('items');
    expect(cache.get('items', 'b')).toBeUndefined();
  });

  it('leave out what alone is larger than all the room, its older version too', () => {
    const cache = documentCache(30);
    cache.put('items', stored('huge'), 10);
    cache.put('items', stored('huge', '2'), 31);
    expect(cache.get('items', 'huge')).toBeUndefined();
  });

  it('are none without room', () => {
    const cache = documentCache(0);
    cache.put('items', stored('a'), 1);
    expect(cache.get('items', 'a')).toBeUndefined();
  });
});
