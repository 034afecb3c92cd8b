import { describe, expect, it } from '@jest/globals';
import { noStream } from '../event-store.js';
import { encodeAppend } from './encoded-append.js';

const event = { id: '1', type: 'Noted', data: { note: 'one' }, metadata: { version: 1, correlationId: 'c', causationId: 'c' } };

describe('an append made ready for disk', () => {
  it('is the JSON of its events', () => {
    const { text } = encodeAppend('product-1', noStream, [event, { ...event, id: '"2"' }], 1_000);
    expect(JSON.parse(text)).toEqual([event, { ...event, id: '"2"' }]);
  });

  it.each(['', 'product-\0', 'product-\ud83d'])('refuses %j as the name of a stream: it could not be found again', (stream) => {
    expect(() => encodeAppend(stream, noStream, [event], 1_000)).toThrow(TypeError);
  });

  it.each(['product-한글', 'product-🍌', 'product-"quoted"', 'product- space', '__proto__'])('takes %j', (stream) => {
    expect(encodeAppend(stream, noStream, [event], 1_000)).toMatchObject({ stream });
  });

  it('names what JSON would not give back', () => {
    expect(() => encodeAppend('product-1', noStream, [{ ...event, data: { lines: [{ quantity: undefined }] } }], 1_000)).toThrow(
      'data of Noted.lines[0].quantity is undefined: JSON would not give it back',
    );
  });

  it('refuses data that runs in a circle', () => {
    const data: { self?: object } = {};
    data.self = data;
    expect(() => encodeAppend('product-1', noStream, [{ ...event, data }], 1_000)).toThrow(TypeError);
  });
});
