import { describe, expect, it } from '@jest/globals';
import { parkedStreamsListed, type ParkedStream } from '@shop/read-store';
import { at } from '../testing/query-shop.js';
import { answerPosition } from './answer-position.js';

const generation = { projection: 'balances', version: 1, generation: 1 };
const parked = (stream: string, position: number): ParkedStream => ({
  ...generation,
  stream,
  revision: 0,
  position: at(position),
  lastPosition: at(position),
  waiting: 1,
  reason: 'unknown type',
  parkedAt: '2026-01-05T00:00:00.000Z',
});
const model = (...streams: ParkedStream[]) => ({ generation, position: at(20), parked: streams });
const only = (name: string) => (stream: string) => stream === name;
const all = () => true;

describe('the position an answer is as of', () => {
  it('is the checkpoint for a list', () => expect(answerPosition(model(), true, { touches: all })).toBe(at(20)));
  it('is the checkpoint for a document that has not changed since', () =>
    expect(answerPosition(model(), true, { touches: all, guard: at(7) })).toBe(at(20)));
  it('is the document itself where that is newer', () =>
    expect(answerPosition(model(), true, { touches: all, guard: at(23) })).toBe(at(23)));
  it('is not moved by a parked stream that the answer does not touch', () =>
    expect(answerPosition(model(parked('wallet-u2', 15)), true, { touches: only('wallet-u1') })).toBe(at(20)));
  it('does not exist for an exact answer that touches a parked stream', () =>
    expect(() => answerPosition(model(parked('wallet-u1', 15)), true, { touches: only('wallet-u1') })).toThrow(
      expect.objectContaining({ code: 'READ_MODEL_DEGRADED', fields: { projection: 'balances' } }),
    ));
  it('is before the first waiting event of all parked streams that an eventual answer touches', () => {
    const three = model(parked('wallet-u2', 12), parked('wallet-u1', 15), parked('wallet-u3', 18));
    expect(answerPosition(three, false, { touches: only('wallet-u1'), guard: at(9) })).toBe(at(14));
    expect(answerPosition(three, false, { touches: all })).toBe(at(11));
  });
  it('counts parked streams beyond those listed as touched', () => {
    const full = model(...Array.from({ length: parkedStreamsListed }, (_, index) => parked(`wallet-x${index}`, 2 + (index >> 7))));
    expect(() => answerPosition(full, true, { touches: only('wallet-u1') })).toThrow(
      expect.objectContaining({ code: 'READ_MODEL_DEGRADED' }),
    );
    expect(answerPosition(full, false, { touches: only('wallet-u1') })).toBe(at(8));
  });
});
