import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventStoreUnavailableError } from '@shop/event-store';
import { ReadStoreUnavailableError } from '@shop/read-store';
import { at, openQueryShop, type QueryShop } from '../testing/query-shop.js';

let shop: QueryShop;
beforeEach(async () => {
  shop = await openQueryShop({ READ_WAITERS_MAX: '5', READ_WAITERS_PER_USER_MAX: '3' });
});
afterEach(() => shop.close());

const balance = (amount: number, position: number) =>
  shop.write('balances', [{ id: 'u1', position, document: { userId: 'u1', balance: amount } }]);
/** Sent at once; supertest alone would wait for somebody to ask for the answer. */
const read = (headers: Readonly<Record<string, string>> = {}, user = 'u1') => shop.http.get(`/balance/${user}`).set(headers).then();
const begun = async (waits: number): Promise<void> => {
  while (shop.waits.begun < waits) await new Promise((resolve) => setImmediate(resolve));
};
const strong = {};
const session = (position: number) => ({ Consistency: 'session', 'Consistency-Token': at(position) });
const eventual = { Consistency: 'eventual' };

describe('a strong read', () => {
  it('answers at once when the read model has everything', async () => {
    await balance(10_000, 4);
    await shop.reaches(5);
    const answer = await read(strong);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ userId: 'u1', balance: 10_000, currency: 'KRW' });
    expect(answer.headers['as-of-position']).toBe(at(5));
    expect(shop.waits.begun).toBe(0);
  });

  it('waits until everything committed before it came is in the read model', async () => {
    await balance(10_000, 4);
    await shop.reaches(5);
    shop.log.end = at(8);
    const answer = read(strong);
    await begun(1);
    await shop.saveCheckpoint('balances', 7);
    await balance(7_000, 8);
    await shop.saveCheckpoint('balances', 8);
    expect((await answer).body).toMatchObject({ balance: 7_000 });
    expect((await answer).headers['as-of-position']).toBe(at(8));
  });

  it('waits for its token too, where that is what it needs', async () => {
    await shop.reaches(8);
    expect((await read({ 'Consistency-Token': at(3) })).status).toBe(200);
  });

  it('says how far the read model is when patience ends, and not before', async () => {
    await shop.reaches(5);
    shop.log.end = at(8);
    const answer = read(strong);
    await begun(1);
    await shop.saveCheckpoint('balances', 7);
    await shop.clock.advance(2_000);
    expect((await answer).status).toBe(503);
    expect((await answer).body).toMatchObject({ code: 'READ_MODEL_LAGGING', position: at(7), requiredPosition: at(8) });
    expect((await answer).headers['retry-after']).toBeDefined();
  });

  it('waits for a read model that nobody has built yet', async () => {
    const alias = (await shop.readStore.load('serving', ['balances'])).get('balances');
    expect(await shop.readStore.remove('serving', 'balances', alias?.guard ?? '')).toBe(true);
    const answer = read(strong);
    await begun(1);
    await shop.serve('balances');
    expect((await answer).body).toMatchObject({ balance: 0 });
  });

  it('follows a switch to another generation', async () => {
    await balance(10_000, 4);
    await shop.reaches(5);
    expect((await read(strong)).body).toMatchObject({ balance: 10_000 });
    await shop.write('balances', [{ id: 'u1', position: 4, document: { userId: 'u1', balance: 11_000 } }], 2);
    await shop.saveCheckpoint('balances', 5, 'following', 2);
    await shop.serve('balances', 2);
    expect((await read(strong)).body).toMatchObject({ balance: 11_000 });
  });

  it('is refused at once where no end of the log can be had', async () => {
    shop.log.fault = new EventStoreUnavailableError('down');
    expect((await read(strong)).body).toMatchObject({ status: 503, code: 'EVENT_STORE_UNAVAILABLE' });
  });

  it('looks for the checkpoint once, and again only when it has changed', async () => {
    await shop.reaches(5);
    const before = shop.looks.made;
    for (let turn = 0; turn < 3; turn += 1) expect((await read(strong)).status).toBe(200);
    expect(shop.looks.made).toBe(before + 1);
    await shop.reaches(6);
    expect((await read(strong)).headers['as-of-position']).toBe(at(6));
    expect(shop.looks.made).toBe(before + 2);
  });

  it('finds out for itself when patience ends that the word of a change got lost', async () => {
    const deaf = await openQueryShop({}, { deaf: true });
    await deaf.reaches(5);
    expect((await deaf.http.get('/balance/u1')).status).toBe(200);
    deaf.log.end = at(6);
    const answer = deaf.http.get('/balance/u1').then();
    while (deaf.waits.begun < 1) await new Promise((resolve) => setImmediate(resolve));
    await deaf.caughtUp(6);
    await deaf.clock.advance(2_000);
    expect((await answer).headers['as-of-position']).toBe(at(6));
    await deaf.close();
  });
});

describe('a read store that cannot answer', () => {
  it('is named to whoever comes, and to whoever waits already', async () => {
    await shop.reaches(5);
    await read(strong);
    shop.log.end = at(6);
    const waiting = read(strong);
    await begun(1);
    shop.looks.fault = new ReadStoreUnavailableError('down');
    await shop.saveCheckpoint('balances', 6);
    const unavailable = { status: 503, code: 'READ_STORE_UNAVAILABLE' };
    expect((await waiting).body).toMatchObject(unavailable);
    expect((await read(eventual)).body).toMatchObject(unavailable);
    delete shop.looks.fault;
    expect((await read(strong)).status).toBe(200);
  });
});

describe('a session read', () => {
  it('waits for its token alone and does not ask where the log ends once that is reached', async () => {
    await shop.reaches(5);
    shop.log.end = at(9);
    const asked = shop.log.asked;
    expect((await read(session(5))).headers['as-of-position']).toBe(at(5));
    expect(shop.log.asked).toBe(asked);
  });

  it('waits until the read model has the token', async () => {
    await shop.reaches(5);
    shop.log.end = at(9);
    const answer = read(session(7));
    await begun(1);
    await shop.saveCheckpoint('balances', 7);
    expect((await answer).headers['as-of-position']).toBe(at(7));
  });
});

it('refuses a token beyond the end of the log at once', async () => {
  await shop.reaches(5);
  for (const consistency of ['strong', 'session'])
    expect((await read({ Consistency: consistency, 'Consistency-Token': at(6) })).body).toMatchObject({
      status: 400,
      code: 'CONSISTENCY_TOKEN_INVALID',
    });
  expect(shop.waits.begun).toBe(0);
});

describe('an eventual read', () => {
  it('waits for nothing and asks nobody', async () => {
    await balance(10_000, 4);
    await shop.reaches(5);
    shop.log.end = at(9);
    const asked = shop.log.asked;
    const answer = await read(eventual);
    expect(answer.body).toMatchObject({ balance: 10_000 });
    expect(answer.headers['as-of-position']).toBe(at(5));
    expect(shop.log.asked).toBe(asked);
  });

  it('says so where nobody has built the read model yet', async () => {
    const alias = (await shop.readStore.load('serving', ['balances'])).get('balances');
    await shop.readStore.remove('serving', 'balances', alias?.guard ?? '');
    expect((await read(eventual)).body).toMatchObject({ status: 503, code: 'READ_MODEL_LAGGING', position: at(0) });
  });

  it('names the position of a document that is ahead of the checkpoint', async () => {
    await shop.reaches(5);
    await balance(12_000, 7);
    const answer = await read(eventual);
    expect(answer.body).toMatchObject({ balance: 12_000 });
    expect(answer.headers['as-of-position']).toBe(at(7));
  });
});

describe('many reads at the same time', () => {
  it('are all woken by one step of the read model', async () => {
    await shop.reaches(5);
    shop.log.end = at(6);
    const answers = ['u1', 'u2', 'u3', 'u4'].map((user) => read(strong, user));
    await begun(4);
    await shop.saveCheckpoint('balances', 6);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('find a full waiting room closed, and each user has a share of it', async () => {
    shop.log.end = at(6);
    const users = ['u1', 'u1', 'u1'];
    const answers = users.map((user) => read({ 'X-User-Id': user }, user));
    await begun(3);
    expect((await read({ 'X-User-Id': 'u1' }, 'u1')).body).toMatchObject({ status: 503, code: 'OVERLOADED' });
    answers.push(read({ 'X-User-Id': 'u2' }, 'u2'), read({ 'X-User-Id': 'u3' }, 'u3'));
    await begun(5);
    expect((await read({ 'X-User-Id': 'u4' }, 'u4')).body).toMatchObject({ status: 503, code: 'OVERLOADED' });
    expect(await shop.registry.getSingleMetricAsString('shop_reads_waiting')).toContain('shop_reads_waiting 5');
    await shop.saveCheckpoint('balances', 6);
    expect((await Promise.all(answers)).every(({ status }) => status === 200)).toBe(true);
    expect(await shop.registry.getSingleMetricAsString('shop_reads_waiting')).toContain('shop_reads_waiting 0');
  });
});

describe('a stopped projection', () => {
  it('is said at once, also to those who wait already', async () => {
    await shop.reaches(5);
    shop.log.end = at(6);
    const waiting = read(strong);
    await begun(1);
    await shop.saveCheckpoint('balances', 5, 'stopped');
    const degraded = { status: 503, code: 'READ_MODEL_DEGRADED', projection: 'balances' };
    expect((await waiting).body).toMatchObject(degraded);
    expect((await read(strong)).body).toMatchObject(degraded);
    expect(shop.waits.begun).toBe(1);
  });

  it('still answers eventual reads, as of where it stopped', async () => {
    await balance(10_000, 4);
    await shop.reaches(5);
    await shop.saveCheckpoint('balances', 5, 'stopped');
    const answer = await read(eventual);
    expect(answer.body).toMatchObject({ balance: 10_000 });
    expect(answer.headers['as-of-position']).toBe(at(5));
  });

  it('is forgotten once it goes on', async () => {
    await shop.reaches(5);
    await shop.saveCheckpoint('balances', 5, 'stopped');
    expect((await read(strong)).status).toBe(503);
    await shop.saveCheckpoint('balances', 5, 'following');
    expect((await read(strong)).status).toBe(200);
  });
});

describe('a parked stream', () => {
  it('is said to whoever asks for more than eventual and needs it, and to nobody else', async () => {
    await balance(10_000, 3);
    await shop.park('balances', 'wallet-u1', 4);
    await shop.reaches(5);
    const degraded = { status: 503, code: 'READ_MODEL_DEGRADED', projection: 'balances' };
    expect((await read(strong)).body).toMatchObject(degraded);
    expect((await read(session(2))).body).toMatchObject(degraded);
    expect((await read(strong, 'u2')).status).toBe(200);
    const answer = await read(eventual);
    expect(answer.body).toMatchObject({ balance: 10_000 });
    expect(answer.headers['as-of-position']).toBe(at(3));
  });

  it('is forgotten once it is whole again', async () => {
    await shop.park('balances', 'wallet-u1', 4);
    await shop.reaches(5);
    expect((await read(strong)).status).toBe(503);
    await shop.unpark('balances', 'wallet-u1');
    expect((await read(strong)).status).toBe(200);
  });
});
