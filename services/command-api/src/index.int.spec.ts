import { describe, expect, it } from '@jest/globals';
import { EventStoreUnavailableError } from '@shop/event-store';
import { openEmbeddedEventStore } from '@shop/event-store/embedded';
import { memoryEventStore } from './testing/memory-event-store.js';
import { openCounter } from './testing/shop-counter.js';

describe('The command-api as a service', () => {
  it('owning a new shop is ready at once', async () => {
    const shop = await openCounter({ soleWriter: true });
    expect((await shop.call().get('/readyz').expect(200)).body).toMatchObject({ status: 'ready' });
    await shop.close();
  });

  it('owning a shop whose to-do list does not show everything takes commands, degraded', async () => {
    const eventStore = await openEmbeddedEventStore({ inMemory: true });
    const first = await openCounter({ eventStore, name: 'first' });
    await first.call().post('/balance/charge').send({ userId: 'ann', amount: 1_000 }).expect(200);
    await first.close();
    const shop = await openCounter({ eventStore, name: 'second', soleWriter: true, environment: { SWEEP_START_WAIT_MS: '0' } });
    expect((await shop.call().get('/readyz').expect(200)).body).toMatchObject({ status: 'degraded', checks: { recovery: 'degraded' } });
    await shop.call().post('/balance/charge').send({ userId: 'ann', amount: 1_000 }).expect(200);
    await shop.close();
    await eventStore.close();
  });

  it('beside other processes leaves what is open alone at the start', async () => {
    const eventStore = await openEmbeddedEventStore({ inMemory: true });
    const first = await openCounter({ eventStore, name: 'first' });
    await first.call().post('/balance/charge').send({ userId: 'ann', amount: 1_000 }).expect(200);
    await first.close();
    const shop = await openCounter({ eventStore, name: 'second' });
    expect((await shop.call().get('/readyz').expect(200)).body).toMatchObject({ status: 'ready' });
    await shop.close();
    await eventStore.close();
  });

  it('is not ready while the event store does not answer, and a write is then a 503 that says so', async () => {
    let down = false;
    const inner = memoryEventStore();
    const fails = () => Promise.reject(new EventStoreUnavailableError('down'));
    const eventStore = { ...inner, head: () => (down ? fails() : inner.head()) };
    const shop = await openCounter({ eventStore });
    await shop.call().post('/products').send({ productId: 'mug', name: '머그컵', price: 1, stock: 1 }).expect(201);
    down = true;
    expect((await shop.call().get('/readyz').expect(503)).body).toMatchObject({ status: 'not_ready', checks: { eventStore: 'down' } });
    const order = { userId: 'ann', items: [{ productId: 'mug', quantity: 1 }] };
    await shop.call().post('/balance/charge').send({ userId: 'ann', amount: 10 }).expect(200);
    const dryRun = await shop.call().post('/orders?dryRun=true').send(order).expect(503);
    expect(dryRun.body).toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    expect(dryRun.get('Retry-After')).toMatch(/^\d+$/);
    await shop.close();
  });

  it('books what was sold before it ends', async () => {
    const shop = await openCounter();
    await shop.call().post('/products').send({ productId: 'mug', name: '머그컵', price: 1, stock: 1 }).expect(201);
    await shop.call().post('/balance/charge').send({ userId: 'ann', amount: 10 }).expect(200);
    await shop.call().post('/orders').send({ userId: 'ann', items: [{ productId: 'mug', quantity: 1 }] }).expect(201); // prettier-ignore
    await shop.service.stop();
    expect(await shop.types('product-mug')).toEqual(['ProductRegistered', 'StockReserved', 'StockSold']);
    await shop.close();
  });

  it('fills an empty shop with samples, and again changes nothing', async () => {
    const shop = await openCounter();
    const mug = { productId: 'mug', name: '머그컵', price: 12_000, stock: 5 };
    await shop.service.registerSamples([mug]);
    await shop.service.registerSamples([mug]);
    expect(await shop.events('product-mug')).toMatchObject([{ type: 'ProductRegistered', data: { price: 12_000, available: 5 } }]);
    await shop.close();
  });
});
