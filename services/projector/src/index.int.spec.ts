import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@shop/clock';
import { EventStoreUnavailableError } from '@shop/event-store';
import type { OrderFeedEvent } from '@shop/events';
import { ReadStoreUnavailableError, type ReadStore } from '@shop/read-store';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { composeProjector, type Projector, type ProjectorDependencies } from './index.js';
import { eventually } from './testing/eventually.js';
import { quickSettings } from './testing/projector-process.js';
import { openShopLog, type ShopLog } from './testing/shop-log.js';

let log: ShopLog;
let readStore: ReadStore;
let sent: OrderFeedEvent[];
let registry: Registry;
let projector: Projector;

const compose = (changes: Partial<ProjectorDependencies> = {}) =>
  composeProjector({
    eventStore: log.eventStore,
    readStore,
    orderFeed: { publish: async (events) => void sent.push(...events), close: async () => undefined },
    clock: systemClock,
    random: () => 0.5,
    newId: () => 'id',
    logger: pino({ level: 'silent' }),
    settings: quickSettings,
    registry,
    ...changes,
  });

beforeEach(async () => {
  log = await openShopLog();
  readStore = await openEmbeddedReadStore({ inMemory: true, clock: systemClock });
  sent = [];
  registry = new Registry();
});
afterEach(async () => {
  await projector.stop();
  await readStore.close();
  await log.eventStore.close();
});

const isReady = (status: string) => eventually(`it is ${status}`, async () => (await projector.readiness()).status === status);

describe('the projector', () => {
  it('is ready when it follows the log, and has told the data platform', async () => {
    await log.paid('kim', 'o1', 'mug', 2, 500);
    projector = compose();
    await projector.start();
    await isReady('ready');
    await eventually('the order is sent', () => sent.length === 1);

    expect(await projector.readiness()).toEqual({
      status: 'ready',
      checks: { eventStore: 'up', readStore: 'up', projections: 'up' },
      parked: [],
    });
    expect(sent).toMatchObject([{ type: 'order.paid.v1', subject: 'o1' }]);
    expect(projector.feedState()).toMatchObject({ status: 'following', published: 1 });
  });

  it('is degraded, and says why, while an event waits', async () => {
    projector = compose();
    await projector.start();
    await log.write('cart-kim', 'CartBurnt', { userId: 'kim' });
    await isReady('degraded');

    const { checks, parked } = await projector.readiness();
    expect(checks).toMatchObject({ projections: 'parked' });
    expect(parked).toMatchObject([{ projection: 'carts', stream: 'cart-kim', revision: 0 }]);
    expect(parked[0]?.reason).toContain('CartBurnt');
  });

  it('is degraded when a read model has stopped', async () => {
    projector = compose();
    await projector.start();
    await log.write('product-mug', 'ProductPainted', { productId: 'mug' });
    await eventually('it has stopped', async () => (await projector.readiness()).checks['projections'] === 'stopped');

    expect((await projector.readiness()).status).toBe('degraded');
    expect((await projector.readiness()).parked.map(({ projection }) => projection).sort()).toEqual(['products', 'to-do']);
  });

  it('starts though the read store is down, is not ready, and goes on when it is back', async () => {
    let down = true;
    const guarded =
      <Arguments extends unknown[], Result>(call: (...args: Arguments) => Promise<Result>) =>
      async (...args: Arguments): Promise<Result> => {
        if (down) throw new ReadStoreUnavailableError('down');
        return call(...args);
      };
    projector = compose({
      readStore: {
        ...readStore,
        ensureCollection: guarded(readStore.ensureCollection),
        load: (collection, ids) => (down ? Promise.reject(new ReadStoreUnavailableError('down')) : readStore.load(collection, ids)),
      },
    });
    await projector.start();
    expect((await projector.readiness()).checks).toMatchObject({ readStore: 'down', eventStore: 'up' });
    expect((await projector.readiness()).status).toBe('not_ready');

    down = false;
    await isReady('ready');
  });

  it('is not ready without the log', async () => {
    projector = compose({
      eventStore: { ...log.eventStore, head: () => Promise.reject(new EventStoreUnavailableError('down')) },
    });
    await projector.start();

    expect(await projector.readiness()).toMatchObject({ status: 'not_ready', checks: { eventStore: 'down' } });
  });

  it('shows in the metrics where every read model is', async () => {
    projector = compose();
    await projector.start();
    const position = await log.charged('kim', 1_000);
    await eventually('all is folded', () => projector.status().every((one) => one.position === position));

    const text = await registry.metrics();
    expect(text).toContain(`projection_position{projection="balances",generation="1.1"} ${parseInt(position, 16)}`);
    expect(text).toContain('projection_lag_events{projection="to-do",generation="1.1"} 0');
    expect(text).toContain('projection_lag_positions{projection="carts",generation="1.1"} 0');
    expect(text).toContain('projection_parked_streams{projection="orders",generation="1.1"} 0');
    expect(text).toContain('order_feed_state{state="following"} 1');
  });
});
