import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { headerOf, openCounter, type Counter } from '../testing/shop-counter.js';

let shop: Counter;
beforeEach(async () => {
  shop = await openCounter();
});
afterEach(() => shop.close());
const charge = (body: object, key?: string) => {
  const call = shop.call().post('/balance/charge');
  return (key === undefined ? call : call.set('Idempotency-Key', key)).send(body);
};

describe('POST /balance/charge', () => {
  it('opens the wallet and answers the balance right after this charge', async () => {
    await charge({ userId: 'ann', amount: 5_000 }).expect(200);
    const response = await charge({ userId: 'ann', amount: 10_000 }).expect(200);
    expect(response.body).toEqual({
      userId: 'ann',
      balance: 15_000,
      currency: 'KRW',
      transaction: {
        transactionId: expect.any(String),
        type: 'CHARGE',
        amount: 10_000,
        balanceAfter: 15_000,
        occurredAt: '2026-01-05T03:04:05.678Z',
      },
    });
    expect(headerOf(response, 'consistency-token')).toBe(await shop.eventStore.head());
    expect(headerOf(response, 'idempotent-replayed')).toBeUndefined();
    expect(await shop.events('wallet-ann')).toMatchObject([
      { type: 'WalletCharged', data: { amount: 5_000, balance: 5_000 } },
      { type: 'WalletCharged', data: { amount: 10_000, balance: 15_000 } },
    ]);
  });

  it('takes a user id given as a number as its digits', async () => {
    expect((await charge({ userId: 1, amount: 1 }).expect(200)).body).toMatchObject({ userId: '1' });
    expect(await shop.types('wallet-1')).toEqual(['WalletCharged']);
  });

  it('under a key charges once and answers what it answered, also after other charges', async () => {
    const first = await charge({ userId: 'ann', amount: 5_000 }, 'k').expect(200);
    await charge({ userId: 'ann', amount: 1 }).expect(200);
    const again = await charge({ userId: 'ann', amount: 5_000 }, 'k').expect(200);
    expect(again.body).toEqual(first.body);
    expect(headerOf(again, 'idempotent-replayed')).toBe('true');
    expect(headerOf(again, 'consistency-token')).toBe(await shop.eventStore.head());
    expect(await shop.types('wallet-ann')).toHaveLength(2);
  });

  it('422 for the key with another amount; the same key is free for another user and another operation', async () => {
    await charge({ userId: 'ann', amount: 5_000 }, 'k').expect(200);
    expect((await charge({ userId: 'ann', amount: 5_001 }, 'k').expect(422)).body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    await charge({ userId: 'bob', amount: 5_001 }, 'k').expect(200);
    const order = { userId: 'ann', items: [{ productId: 'no', quantity: 1 }] };
    await shop.call().post('/orders').set('Idempotency-Key', 'k').send(order).expect(404);
  });

  it('409 above the limit of a balance, which a refusal does not use up', async () => {
    await charge({ userId: 'ann', amount: 999_999_999_999 }).expect(200);
    const response = await charge({ userId: 'ann', amount: 2 }, 'k').expect(409);
    expect(response.body).toMatchObject({ code: 'BALANCE_LIMIT_EXCEEDED', limit: 1_000_000_000_000, balance: 999_999_999_999 });
    await charge({ userId: 'ann', amount: 1 }, 'k').expect(200);
  });

  it.each([
    [{ amount: 0 }],
    [{ amount: -1 }],
    [{ amount: 1.5 }],
    [{ amount: '5' }],
    [{ amount: 1_000_000_000_001 }],
    [{}],
    [{ amount: 1, balance: 9 }],
  ])('400 for %j, and writes nothing', async (body) => {
    expect((await charge({ userId: 'ann', ...body }).expect(400)).body).toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(await shop.types('wallet-ann')).toEqual([]);
  });

  it('400 where nobody says whose balance', async () => {
    expect((await charge({ amount: 1 }).expect(400)).body).toMatchObject({ code: 'USER_ID_REQUIRED' });
  });
});
