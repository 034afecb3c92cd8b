import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bearer, knowsTokens } from './testing/bearer.js';
import { codeIn, orderIn } from './testing/customers.js';
import { openTestShop, type TestShop } from './testing/open-test-shop.js';

const items = [{ productId: 'mug', quantity: 2 }];

describe('an order that somebody else wants cancelled', () => {
  let shop: TestShop;
  let orderId = '';
  beforeAll(async () => {
    shop = await openTestShop({ seed: true, environment: knowsTokens });
    await shop.call('POST', '/balance/charge', { body: { amount: 50_000 }, headers: bearer('ann') });
    ({ orderId } = orderIn(await shop.call('POST', '/orders', { body: { items }, headers: bearer('ann') })));
  });
  afterAll(() => shop.stop());

  const cancelFor = (userId: string | undefined, headers: Readonly<Record<string, string>>) =>
    shop.call('POST', `/orders/${orderId}/cancel`, { body: { ...(userId !== undefined && { userId }), reason: 'broken' }, headers });

  it('is not there for a stranger, who may not act for the buyer either', async () => {
    expect(codeIn(await cancelFor(undefined, bearer('bob')))).toBe('ORDER_NOT_FOUND');
    const refused = await cancelFor('ann', bearer('bob', 'users:read wallet:charge'));
    expect([refused.status, refused.body]).toMatchObject([403, { code: 'FORBIDDEN', requiredScope: 'orders:manage' }]);
  });

  it('is decided on the wallet of the buyer whom an operator names, and of no other', async () => {
    const operator = bearer('olga', 'orders:manage');
    expect(codeIn(await cancelFor(undefined, operator))).toBe('ORDER_NOT_FOUND');
    expect(codeIn(await cancelFor('bob', operator))).toBe('ORDER_NOT_FOUND');
    const cancelled = await cancelFor('ann', operator);
    expect([cancelled.status, cancelled.body]).toMatchObject([
      200,
      { orderId, status: 'CANCELLED', refund: { amount: 24_000, balanceAfter: 50_000 } },
    ]);
    const asked = await cancelFor(undefined, bearer('ann'));
    expect([asked.body, asked.headers['idempotent-replayed']]).toEqual([cancelled.body, 'true']);
  });

  it('is cancelled in every read of the buyer, who still has all the money', async () => {
    const read = async (path: string) => (await shop.call('GET', path, { headers: bearer('ann') })).body;
    expect(await read(`/orders/${orderId}`)).toMatchObject({ status: 'CANCELLED', cancelReason: 'broken' });
    expect(await read('/orders?status=CANCELLED')).toMatchObject({ items: [{ orderId }] });
    expect(await read('/balance/ann')).toMatchObject({ balance: 50_000 });
    expect(await read('/balance/ann/transactions')).toMatchObject({
      items: [
        { type: 'REFUND', amount: 24_000, balanceAfter: 50_000, orderId },
        { type: 'PAYMENT', amount: 24_000, balanceAfter: 26_000, orderId },
        { type: 'CHARGE', amount: 50_000, balanceAfter: 50_000 },
      ],
    });
  });
});
