import { describe, expect, it } from '@jest/globals';
import { documentCache } from './document-cache.js';

const stored = (id: string) => ({ id, guard: '1', document: {} });

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

  it('give back their room when they are forgotten', () => {
    const cache = documentCache(30);
    cache.put('items', stored('a'), 30);
    cache.forget('items', 'a');
    cache.put('others', stored('a'), 30);
    cache.forgetAll('others');
    cache.put('items', stored('b'), 30);
    expect([cache.get('items', 'a'), cache.get('others', 'a')]).toEqual([undefined, undefined]);
    expect(cache.get('items', 'b')).toEqual(stored('b'));
  });

  it('leave out what alone is larger than all the room', () => {
    const cache = documentCache(30);
    cache.put('items', stored('huge'), 31);
    expect(cache.get('items', 'huge')).toBeUndefined();
  });
});
