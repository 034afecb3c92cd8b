import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@shop/clock';
import { findKafka, kafkaFaultProxy, type Engine, type KafkaFault } from '@shop/engines';
import { beginning, type Position } from '@shop/event-store';
import type { ShopEvent } from '@shop/events';
import { stateCollections, type Checkpoint, type ReadStore } from '@shop/read-store';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import type { LogEvent } from '../engine/log-event.js';
import { cancelled, charged, line, paid } from '../testing/facts.js';
import { logOf } from '../testing/folded.js';
import { openKafkaOrderFeed } from './kafka-order-feed.js';
import type { OrderFeed } from './order-feed.js';
import { orderFeedCheckpoint, orderFeedRelay } from './relay.js';
import { createKafkaTopic } from './testing/kafka-topic.js';
import { seeded } from './testing/seeded.js';

const found = await findKafka();
const limits = { connectMs: 200, replicasMs: 100, requestMs: 150, sendMs: 400, disconnectMs: 100 };
const faults: readonly KafkaFault[] = ['none', 'none', 'swallow', 'cut-after', 'cut-before', 'hold', 'torn-metadata', 'silent'];
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Payments, some of them cancelled later, with other events between. */
const someLog = (orders: number): readonly LogEvent[] => {
  const events: ShopEvent[] = [];
  for (let number = 0; number < orders; number += 1) {
    events.push(paid(`o${number}`, [line('p1', 1)]));
    if (number % 4 === 0) events.push(charged());
    if (number % 3 === 2) events.push(cancelled(paid(`o${number - 2}`, [line('p1', 1)])));
  }
  return logOf(events).map(({ event, context: { eventId: id, ...context } }) => ({
    recorded: { ...context, id, type: event.type, data: event.data, metadata: {} },
    event,
  }));
};
const isSent = ({ recorded: { type } }: LogEvent) => type === 'OrderPaid' || type === 'OrderCancelled';

const pagesOf = (log: readonly LogEvent[], random: () => number) => ({
  eventsAfter: (position: Position) => log.filter(({ recorded }) => recorded.position > position).length,
  reader: () => ({
    next: async (after: Position, signal: AbortSignal) => {
      const page = log.filter(({ recorded }) => recorded.position > after).slice(0, 1 + Math.floor(random() * 6));
      if (page.length === 0) await systemClock.sleep(60_000, signal);
      return page;
    },
    close: () => undefined,
  }),
});

const suite = found.absent === undefined ? describe : describe.skip;
suite(`Two relays through Kafka${found.absent === undefined ? '' : ` (SKIPPED: ${found.absent})`}`, () => {
  let engine: Engine;
  beforeAll(async () => {
    if (found.absent === undefined) engine = await found.start();
  }, 300_000);
  afterAll(() => engine?.stop(), 20_000);

  it('send every order whatever fails and whoever is killed, each order in its order, and check off only what is stored', async () => {
    const seed = Number(process.env['FEED_SEED'] ?? 1);
    const random = seeded(seed);
    const log = someLog(240);
    const proxy = await kafkaFaultProxy(engine.address);
    const topic = await createKafkaTopic(engine.address, { numPartitions: 3 });
    const readStore = await openEmbeddedReadStore({ inMemory: true, clock: systemClock });
    const acknowledged = new Set<string>();
    const checkedOffTooEarly: string[] = [];
    const checked: Pick<ReadStore, 'load' | 'write'> = {
      load: readStore.load,
      write: async (collection, writes) => {
        for (const { guard } of writes)
          for (const entry of log)
            if (entry.recorded.position <= guard && isSent(entry) && !acknowledged.has(entry.recorded.id)) checkedOffTooEarly.push(guard);
        return readStore.write(collection, writes);
      },
    };

    const feeds: OrderFeed[] = [];
    const stopping = new AbortController();
    let kills = 0;
    /** One process after the other: a killed one never goes on, wherever it was, and another starts from the checkpoint. */
    const processes = async (): Promise<void> => {
      while (!stopping.signal.aborted) {
        const feed = await openKafkaOrderFeed({
          brokers: [proxy.address],
          topic: topic.name,
          clientId: 'test',
          clock: systemClock,
          limits,
        });
        feeds.push(feed);
        await new Promise<void>((killed, failed) => {
          const die = () => {
            kills += 1;
            killed();
            return new Promise<never>(() => undefined);
          };
          const publish: OrderFeed['publish'] = async (events) => {
            if (random() < 0.03) await die();
            await feed.publish(events);
            if (random() < 0.03) await die();
            for (const { id } of events) acknowledged.add(id);
          };
          orderFeedRelay({
            pages: pagesOf(log, random),
            feed: { ...feed, publish },
            readStore: checked,
            source: '/orders',
            clock: systemClock,
            random,
            retry: { firstMs: 10, mostMs: 100 },
            logger: silent,
          })
            .run(stopping.signal)
            .then(killed, failed);
        });
      }
    };
    const position = async () =>
      (await readStore.load<Checkpoint>(stateCollections.checkpoints, [orderFeedCheckpoint])).get(orderFeedCheckpoint)?.guard ?? beginning;

    const running = [processes(), processes()];
    const end = log.at(-1)?.recorded.position ?? beginning;
    while ((await position()) < end) {
      proxy.inject(faults[Math.floor(random() * faults.length)] ?? 'none', 1);
      if (random() < 0.1) proxy.release();
      await systemClock.sleep(20);
    }
    stopping.abort();
    proxy.inject('none');
    proxy.release();
    await Promise.all(running);
    await Promise.all(feeds.map((feed) => feed.close()));
    await proxy.close();
    await readStore.close();

    expect([seed, checkedOffTooEarly]).toEqual([seed, []]);
    expect(kills).toBeGreaterThan(0);
    const idsOf = (order: string, all: readonly { readonly order: string | undefined; readonly id: string }[]) => [
      ...new Set(all.filter((one) => one.order === order).map(({ id }) => id)),
    ];
    const received = (await topic.received()).map(({ key, event }) => ({ order: key, id: event.id }));
    const expected = log.filter(isSent).map(({ recorded, event }) => ({
      order: event && 'orderId' in event.data ? event.data.orderId : '',
      id: recorded.id,
    }));
    expect(new Set(received.map(({ id }) => id)).size).toBe(expected.length);
    for (const { order } of expected) expect([seed, order, idsOf(order, received)]).toEqual([seed, order, idsOf(order, expected)]);
  }, 120_000);
});
