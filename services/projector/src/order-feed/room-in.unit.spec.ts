import { describe, expect, it } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { roomIn } from './room-in.js';

const listenersOf = (stream: PassThrough): number =>
  stream.eventNames().reduce((sum: number, event) => sum + stream.listenerCount(event), 0);

describe('Room in a stream', () => {
  it('is waited for as long as it is full, and no listener is left behind', async () => {
    const stream = new PassThrough({ objectMode: true, highWaterMark: 1 });
    const before = listenersOf(stream);
    for (let round = 0; round < 20; round += 1) {
      while (stream.write(round));
      const waiting = roomIn(stream);
      while (stream.read() !== null);
      await waiting;
    }
    expect(listenersOf(stream)).toBe(before);
  });

  it('is not waited for where the stream is closed', async () => {
    const stream = new PassThrough({ objectMode: true, highWaterMark: 1 });
    while (stream.write('x'));
    const waiting = roomIn(stream);
    stream.destroy();
    await waiting;
    expect(stream.closed).toBe(true);
  });
});
