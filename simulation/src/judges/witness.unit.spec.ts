import { describe, expect, it } from '@jest/globals';
import { toPosition, type RecordedEvent } from '@shop/event-store';
import type { ShopEvent } from '@shop/events';
import type { Exchange } from '../world/history.js';
import { keepBooks } from './books.js';
import { witness } from './witness.js';

const at = '2026-01-05T03:04:05.678Z';
const requestHash = '0'.repeat(64);

const log = (...facts: readonly (readonly [request: string, event: ShopEvent])[]): RecordedEvent[] => {
  const revisions = new Map<string, number>();
  return facts.map(([correlationId, { type, data }], index) => {
    const stream = 'productId' in data ? `product-${data.productId}` : `wallet-${data.userId}`;
    const revision = (revisions.get(stream) ?? -1) + 1;
    revisions.set(stream, revision);
    const metadata = { version: 1, correlationId, causationId: correlationId };
    return { stream, revision, position: toPosition(index + 1), id: `event-${index + 1}`, type, data, metadata };
  });
};
const charged = (chargeId: string, amount: number, balance: number): ShopEvent => {
  return { type: 'WalletCharged', data: { userId: 'ann', chargeId, requestHash, amount, balance, occurredAt: at } };
};
const repriced = (price: number, revision: number): ShopEvent => ({
  type: 'ProductRepriced',
  data: { productId: 'mug', revision, price, occurredAt: at },
});
const registered: ShopEvent = {
  type: 'ProductRegistered',
  data: { productId: 'mug', registrationId: 'r', requestHash, name: 'mug', price: 100, revision: 1, available: 2, occurredAt: at },
};

const exchange = (given: Partial<Exchange> & Pick<Exchange, 'requestId' | 'eventsBefore' | 'eventsAfter' | 'action'>): Exchange => ({
  begin: given.eventsBefore,
  end: given.eventsAfter,
  method: 'POST',
  path: '/balance/charge',
  userId: 'ann',
  consistency: 'strong',
  status: 200,
  process: 'api-1',
  ...given,
});
const charge = { kind: 'charge', amount: 100 } as const;
const read = { kind: 'read', what: 'balance', of: 0, freshness: 'strong' } as const;
const reprice = (price: number) => ({ kind: 'reprice', product: 0, price, stale: false }) as const;

const findings = (events: readonly RecordedEvent[], ...exchanges: readonly Exchange[]): string[] => witness(exchanges, keepBooks(events));

describe('the witness of a linearizable shop', () => {
  it('finds nothing where each answer is right at one moment between request and answer', () => {
    const events = log(['a', charged('c1', 100, 100)], ['b', charged('c2', 100, 200)]);
    const first = exchange({ requestId: 'a', key: 'k1', eventsBefore: 0, eventsAfter: 1, action: charge, position: toPosition(1) });
    const second = exchange({ requestId: 'b', key: 'k2', eventsBefore: 0, eventsAfter: 2, action: charge, position: toPosition(2) });
    const seen = exchange({
      requestId: 'c',
      method: 'GET',
      path: '/balance/ann',
      eventsBefore: 1,
      eventsAfter: 2,
      action: read,
      position: toPosition(1),
    });
    expect(findings(events, first, second, seen)).toEqual([]);
  });

  it('names a stale read: what stood before the request is missing', () => {
    const events = log(['a', charged('c1', 100, 100)], ['b', charged('c2', 100, 200)]);
    const stale = exchange({
      requestId: 'c',
      method: 'GET',
      path: '/balance/ann',
      eventsBefore: 2,
      eventsAfter: 2,
      action: read,
      position: toPosition(1),
    });
    expect(findings(events, stale)).toEqual([expect.stringContaining('expected all 2 events from before it, found 1')]);
    expect(findings(events, { ...stale, consistency: 'eventual' })).toEqual([]);
  });

  it('names a forged read: it shows what came after its answer', () => {
    const events = log(['a', charged('c1', 100, 100)], ['b', charged('c2', 100, 200)]);
    const forged = exchange({
      requestId: 'c',
      method: 'GET',
      path: '/balance/ann',
      eventsBefore: 0,
      eventsAfter: 1,
      action: read,
      position: toPosition(2),
    });
    expect(findings(events, forged)).toEqual([expect.stringContaining('at most the 1 events')]);
  });

  it('names a lost update: acknowledged, and not in the log', () => {
    const lost = exchange({ requestId: 'a', key: 'k1', eventsBefore: 0, eventsAfter: 0, action: charge });
    expect(findings([], lost)).toEqual([expect.stringContaining('expected its effect in the log, found nothing')]);
  });

  it('names an answer that came before its effect, and a token from before it', () => {
    const events = log(['a', charged('c1', 100, 100)]);
    const early = exchange({ requestId: 'b', key: 'k1', eventsBefore: 0, eventsAfter: 0, action: charge, position: toPosition(0) });
    const late = exchange({ requestId: 'a', key: 'k1', eventsBefore: 0, eventsAfter: 1, action: charge, position: toPosition(0) });
    expect(findings(events, early, late)).toEqual([
      expect.stringContaining('an effect that stood before the answer'),
      expect.stringContaining('a token from'),
      expect.stringContaining('a token from'),
    ]);
  });

  it('names "unchanged" that was never so, and an effect of what was said to have none', () => {
    const events = log(['r', registered], ['p', repriced(200, 2)]);
    const path = { method: 'PATCH', path: '/products/mug', userId: '' } as const;
    const stale = exchange({ ...path, requestId: 'q', eventsBefore: 2, eventsAfter: 2, action: reprice(100) });
    const refused = exchange({
      ...path,
      requestId: 'p',
      eventsBefore: 1,
      eventsAfter: 2,
      action: reprice(200),
      status: 503,
      answer: { code: 'WRITE_CONTENTION' },
    });
    expect(findings(events, stale)).toEqual([expect.stringContaining('a price of 100')]);
    expect(findings(events, { ...stale, eventsBefore: 1 })).toEqual([]);
    expect(findings(events, refused)).toEqual([expect.stringContaining('no effect')]);
  });

  it('believes a refusal only if it was true while the request ran', () => {
    const events = log(['a', charged('c1', 100, 100)], ['b', charged('c2', 300, 400)]);
    const poor = (eventsBefore: number) =>
      exchange({
        requestId: 'o',
        path: '/orders',
        key: 'k',
        eventsBefore,
        eventsAfter: 2,
        action: { kind: 'order', lines: [] },
        status: 402,
        answer: { code: 'INSUFFICIENT_BALANCE', required: 300, balance: 100 },
      });
    expect(findings(events, poor(1))).toEqual([]);
    expect(findings(events, poor(2))).toEqual([expect.stringContaining('a balance of 100')]);
  });
});
