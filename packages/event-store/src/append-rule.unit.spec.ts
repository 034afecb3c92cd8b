import { describe, expect, it } from '@jest/globals';
import { judgeAppend } from './append-rule.js';
import { noStream } from './event-store.js';

const stream = (...ids: string[]) => ({ current: ids.length - 1, storedId: (revision: number) => ids[revision] });
const judge = ({ current, storedId }: ReturnType<typeof stream>, expected: number, ...ids: string[]) =>
  judgeAppend(current, expected, ids, storedId);

describe('how an append is judged', () => {
  it('writes where the expected revision is that of the stream', () => {
    expect(judge(stream(), noStream, 'a')).toEqual({ verdict: 'write' });
    expect(judge(stream('a', 'b'), 1, 'c', 'd')).toEqual({ verdict: 'write' });
  });

  it('compares no ids there: the same ones are written again', () => {
    expect(judge(stream('a'), 0, 'a')).toEqual({ verdict: 'write' });
  });

  it('knows an identical append, however late', () => {
    expect(judge(stream('a', 'b'), noStream, 'a', 'b')).toEqual({ verdict: 'written-before' });
    expect(judge(stream('a', 'b', 'c', 'd', 'e'), 0, 'b', 'c')).toEqual({ verdict: 'written-before' });
  });

  it('refuses other ids', () => {
    expect(judge(stream('a', 'b'), noStream, 'x')).toEqual({ verdict: 'conflict' });
    expect(judge(stream('a', 'b'), 0, 'x', 'y')).toEqual({ verdict: 'conflict' });
  });

  it('refuses our ids in another order', () => {
    expect(judge(stream('a', 'b'), noStream, 'b', 'a')).toEqual({ verdict: 'conflict' });
  });

  it('refuses an expected revision ahead of the stream, or below none', () => {
    expect(judge(stream(), 0, 'a')).toEqual({ verdict: 'conflict' });
    expect(judge(stream('a'), 7, 'a')).toEqual({ verdict: 'conflict' });
    expect(judge(stream('a'), -2, 'a')).toEqual({ verdict: 'conflict' });
  });

  it('names a batch that was changed between two tries', () => {
    expect(judge(stream('a', 'b'), noStream, 'a', 'x')).toEqual({ verdict: 'conflict', corrupted: true });
    expect(judge(stream('a'), noStream, 'a', 'b')).toEqual({ verdict: 'conflict', corrupted: true });
  });

  it('reads no id where none is needed', () => {
    const unread = () => {
      throw new Error('read');
    };
    expect(judgeAppend(3, 3, ['a'], unread)).toEqual({ verdict: 'write' });
    expect(judgeAppend(3, 4, ['a'], unread)).toEqual({ verdict: 'conflict' });
  });
});
