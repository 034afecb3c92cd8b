import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventStoreUnavailableError } from '@shop/event-store';
import { ReadStoreUnavailableError, readModelNames } from '@shop/read-store';
import { at, openQueryShop, type QueryShop } from './testing/query-shop.js';

let shop: QueryShop;
beforeEach(async () => {
  shop = await openQueryShop();
});
afterEach(() => shop.close());
const up = { eventStore: 'up', readStore: 'up' };

describe('the query side', () => {
  it('is ready while every read model keeps up', async () => {
    await shop.reaches(5);
    expect(await shop.service.readiness()).toEqual({ status: 'ready', checks: up, parked: [] });
  });

  it('is ready when a read model catches up within the patience of a read', async () => {
    await shop.reaches(5);
    shop.log.end = at(6);
    const answer = shop.service.readiness();
    await shop.clock.advance(1_999);
    await shop.caughtUp(6);
    expect(await answer).toEqual({ status: 'ready', checks: up, parked: [] });
  });

  it('is not ready while one lags, and says which', async () => {
    await shop.reaches(5);
    shop.log.end = at(7);
    const answer = shop.service.readiness();
    await shop.clock.advance(0);
    for (const name of readModelNames) await shop.saveCheckpoint(name, name === 'carts' ? 6 : 7);
    await shop.clock.advance(2_000);
    expect(await answer).toEqual({ status: 'not_ready', checks: { ...up, carts: 'lagging' }, parked: [] });
  });

  it('is not ready without the event store', async () => {
    shop.log.fault = new EventStoreUnavailableError('down');
    expect(await shop.service.readiness()).toEqual({ status: 'not_ready', checks: { eventStore: 'down' }, parked: [] });
  });

  it('is degraded, yet serves, beside a stopped projection', async () => {
    await shop.reaches(5);
    await shop.saveCheckpoint('to-do', 3, 'stopped');
    expect(await shop.service.readiness()).toEqual({ status: 'degraded', checks: { ...up, 'to-do': 'stopped' }, parked: [] });
  });

  it('is degraded beside a parked stream, and names it', async () => {
    await shop.reaches(5);
    await shop.park('orders', 'wallet-u1', 4);
    const parked = [{ projection: 'orders', stream: 'wallet-u1', revision: 3, reason: 'unknown type' }];
    expect(await shop.service.readiness()).toEqual({ status: 'degraded', checks: up, parked });
  });

  it('is not ready when the read store cannot answer, whatever it answered before', async () => {
    await shop.reaches(5);
    expect((await shop.service.readiness()).status).toBe('ready');
    shop.looks.fault = new ReadStoreUnavailableError('down');
    expect(await shop.service.readiness()).toEqual({ status: 'not_ready', checks: { ...up, readStore: 'down' }, parked: [] });
  });
});
