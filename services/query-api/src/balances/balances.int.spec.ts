import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listTransactions } from '@shop/http';
import { statementId, type StatementDocument } from '@shop/read-store';
import { at, openQueryShop, type QueryShop } from '../testing/query-shop.js';

let shop: QueryShop;
beforeEach(async () => {
  shop = await openQueryShop();
});
afterEach(() => shop.close());

describe('GET /balance/{userId}', () => {
  it('answers the balance, its position and a validator', async () => {
    await shop.write('balances', [{ id: 'u1', position: 3, document: { userId: 'u1', balance: 15_000 } }]);
    await shop.reaches(3);
    const answer = await shop.http.get('/balance/u1');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ userId: 'u1', balance: 15_000, currency: 'KRW' });
    expect(answer.headers['as-of-position']).toBe(at(3));
    const known = await shop.http.get('/balance/u1').set('If-None-Match', String(answer.headers['etag']));
    expect(known.status).toBe(304);
    expect(known.headers['as-of-position']).toBe(at(3));
  });

  it('answers 0 for a user nobody has heard of', async () => {
    await shop.reaches(3);
    const answer = await shop.http.get('/balance/nobody');
    expect(answer.body).toEqual({ userId: 'nobody', balance: 0, currency: 'KRW' });
    expect(answer.headers['as-of-position']).toBe(at(3));
  });
});

const transactions = async (query = '', user = 'u1') => {
  const answer = await shop.http.get(`/balance/${user}/transactions${query}`);
  return { answer, ...listTransactions.success.body.parse(answer.body) };
};
const entry = (revision: number, more: Partial<StatementDocument> = {}) => {
  const document: StatementDocument = {
    userId: 'u1',
    revision,
    transactionId: `t${revision}`,
    type: 'CHARGE',
    amount: 100,
    balanceAfter: 100 * (revision + 1),
    orderId: null,
    occurredAt: `2026-01-0${1 + (revision % 5)}T00:00:00.000Z`,
    ...more,
  };
  return { id: statementId(document.userId, revision), position: revision + 1, document };
};
const idsOf = ({ items }: { readonly items: readonly { readonly transactionId: string }[] }) =>
  items.map(({ transactionId }) => transactionId);

describe('GET /balance/{userId}/transactions', () => {
  it('lists what changed the balance, newest first', async () => {
    await shop.write('statement', [
      entry(0, { amount: 10_000, balanceAfter: 10_000 }),
      entry(1, { type: 'PAYMENT', amount: 4_000, balanceAfter: 6_000, orderId: 'o1' }),
      entry(2, { type: 'REFUND', amount: 4_000, balanceAfter: 10_000, orderId: 'o1' }),
      ...['u2', 'u10', 'u1:0', 'u'].map((userId) => entry(0, { userId })),
    ]);
    await shop.reaches(4);
    const { answer } = await transactions();
    expect(answer.body).toEqual({
      items: [
        { transactionId: 't2', type: 'REFUND', amount: 4_000, balanceAfter: 10_000, orderId: 'o1', occurredAt: '2026-01-03T00:00:00.000Z' },
        { transactionId: 't1', type: 'PAYMENT', amount: 4_000, balanceAfter: 6_000, orderId: 'o1', occurredAt: '2026-01-02T00:00:00.000Z' },
        { transactionId: 't0', type: 'CHARGE', amount: 10_000, balanceAfter: 10_000, occurredAt: '2026-01-01T00:00:00.000Z' },
      ],
      nextCursor: null,
    });
    expect(answer.headers['as-of-position']).toBe(at(4));
  });

  it('filters by type and period, both ends included', async () => {
    await shop.write(
      'statement',
      [0, 1, 2, 3].map((revision) => entry(revision, revision === 2 ? { type: 'PAYMENT', orderId: 'o1' } : {})),
    );
    await shop.reaches(4);
    expect(idsOf(await transactions('?type=CHARGE'))).toEqual(['t3', 't1', 't0']);
    expect(idsOf(await transactions('?from=2026-01-02T00:00:00Z&to=2026-01-03T00:00:00Z'))).toEqual(['t2', 't1']);
  });

  it('pages through all of it, each once, while new ones are added', async () => {
    await shop.write(
      'statement',
      [0, 1, 2, 3, 4, 5].map((revision) => entry(revision)),
    );
    await shop.reaches(6);
    const first = await transactions('?limit=3');
    await shop.write('statement', [entry(6)]);
    await shop.reaches(7);
    const second = await transactions(`?limit=3&cursor=${first.nextCursor}`);
    expect([...idsOf(first), ...idsOf(second)]).toEqual(['t5', 't4', 't3', 't2', 't1', 't0']);
    expect(second.nextCursor).toBeNull();
  });

  it('refuses a cursor of another user, of another filter, a damaged one and one of another list', async () => {
    await shop.write(
      'statement',
      [0, 1, 2, 3].map((revision) => entry(revision)),
    );
    await shop.reaches(6);
    const cursor = (await transactions('?limit=2')).nextCursor ?? '';
    const damaged = `${cursor.slice(0, -4)}${cursor.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`;
    const paths = [
      `/balance/u2/transactions?limit=2&cursor=${cursor}`,
      `/balance/u1/transactions?limit=2&type=CHARGE&cursor=${cursor}`,
      `/balance/u1/transactions?limit=2&cursor=${damaged}`,
      `/balance/u1/transactions?limit=2&cursor=${cursor}A`,
      '/balance/u1/transactions?cursor=bm90aGluZw',
      `/orders?userId=u1&cursor=${cursor}`,
    ];
    for (const path of paths)
      expect((await shop.http.get(path)).body).toMatchObject({
        status: 400,
        code: 'VALIDATION_FAILED',
        errors: [{ in: 'query', path: '/cursor', code: 'invalid_format' }],
      });
    expect((await transactions(`?limit=1&cursor=${cursor}`)).items).toHaveLength(1);
  });

  it('is degraded beside a parked wallet of this user alone', async () => {
    await shop.park('statement', 'wallet-u1', 3);
    await shop.reaches(4);
    expect((await shop.http.get('/balance/u1/transactions')).body).toMatchObject({ code: 'READ_MODEL_DEGRADED', projection: 'statement' });
    expect((await shop.http.get('/balance/u2/transactions')).status).toBe(200);
    expect((await shop.http.get('/balance/u1/transactions').set('Consistency', 'eventual')).headers['as-of-position']).toBe(at(2));
  });
});
