import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { backOff, systemClock } from '@shop/clock';
import { findKafka, kafkaFaultProxy, type Engine, type KafkaFault, type KafkaFaultProxy } from '@shop/engines';
import type { OrderFeedEvent } from '@shop/events';
import { Kafka, logLevel } from 'kafkajs';
import { openKafkaOrderFeed, type KafkaOrderFeedOptions } from './kafka-order-feed.js';
import type { OrderFeed } from './order-feed.js';
import { createKafkaTopic, kafkaTopic, type KafkaTopic } from './testing/kafka-topic.js';
import { cancelledOrder, paidOrder } from './testing/orders.js';
import { seeded } from './testing/seeded.js';

const found = await findKafka();
const limits = { connectMs: 400, replicasMs: 300, requestMs: 400, sendMs: 1_000, disconnectMs: 300 };
const [a, b, c] = [paidOrder('a'), paidOrder('b'), paidOrder('c')];

const suite = found.absent === undefined ? describe : describe.skip;
suite(
  `The feed through Kafka when the network or the broker fails${found.absent === undefined ? '' : ` (SKIPPED: ${found.absent})`}`,
  () => {
    let engine: Engine;
    let proxy: KafkaFaultProxy;
    let topic: KafkaTopic;
    let feed: OrderFeed;

    const open = (changes: Partial<KafkaOrderFeedOptions> = {}): Promise<OrderFeed> =>
      openKafkaOrderFeed({ brokers: [proxy.address], topic: topic.name, clientId: 'test', clock: systemClock, limits, ...changes });
    const ids = async () => (await topic.received()).map(({ event }) => event.id);
    const firsts = (all: readonly string[]) => [...new Set(all)];
    /** As the relay does: the same events again until they are acknowledged. */
    const insist = async (events: readonly OrderFeedEvent[], random = () => 0.5): Promise<number> => {
      for (let failures = 0; ; failures += 1) {
        try {
          await feed.publish(events);
          return failures;
        } catch {
          if (failures === 200) throw new Error('it does not recover');
          await systemClock.sleep(backOff(random, failures, { firstMs: 10, mostMs: 100 }));
        }
      }
    };

    beforeAll(async () => {
      if (found.absent === undefined) engine = await found.start();
    }, 300_000);
    afterAll(() => engine?.stop(), 20_000);
    beforeEach(async () => {
      proxy = await kafkaFaultProxy(engine.address);
      topic = await createKafkaTopic(engine.address, { numPartitions: 1 });
      feed = await open();
    });
    afterEach(async () => {
      await feed.close();
      await proxy.close();
    });

    describe('an acknowledgement that is lost', () => {
      it('makes the event come twice, and the next one is there although it has the same size', async () => {
        proxy.inject('swallow', 1);
        await expect(feed.publish([a])).rejects.toThrow();
        await feed.publish([a]);
        await feed.publish([b]);
        expect(await ids()).toEqual(['a', 'a', 'b']);
      });

      it('does not harm a larger batch that follows', async () => {
        proxy.inject('swallow', 1);
        await expect(feed.publish([a])).rejects.toThrow();
        await feed.publish([a, b]);
        await feed.publish([c]);
        expect(await ids()).toEqual(['a', 'a', 'b', 'c']);
      });

      it('would lose the next event if the producer were idempotent: that is why it is not', async () => {
        const kafka = new Kafka({ clientId: 'control', brokers: [proxy.address], requestTimeout: 300, logLevel: logLevel.NOTHING });
        const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, retry: { retries: 1, initialRetryTime: 50 } });
        await producer.connect();
        const send = (text: string) => producer.send({ topic: topic.name, acks: -1, messages: [{ value: text }] });
        proxy.inject('swallow');
        await expect(send('A')).rejects.toThrow();
        proxy.inject('none');
        await send('B'); // acknowledged
        await producer.disconnect();
        const admin = new Kafka({ clientId: 'control', brokers: [engine.address], logLevel: logLevel.NOTHING }).admin();
        await admin.connect();
        expect((await admin.fetchTopicOffsets(topic.name)).map(({ high }) => high)).toEqual(['1']); // A alone
        await admin.disconnect();
      });

      it.each<KafkaFault>(['cut-after', 'cut-before'])('with the connection (%s) is made good by a new producer', async (fault) => {
        proxy.inject(fault, 1);
        await expect(feed.publish([a])).rejects.toThrow();
        await feed.publish([a]);
        await feed.publish([b]);
        expect(await ids()).toEqual(fault === 'cut-after' ? ['a', 'a', 'b'] : ['a', 'b']);
      });
    });

    describe('order', () => {
      it('is kept where somebody does not wait for the call before', async () => {
        const events = Array.from({ length: 30 }, (_, number) => paidOrder(`n${number}`));
        await Promise.all(events.map((event) => feed.publish([event])));
        expect(await ids()).toEqual(events.map(({ id }) => id));
      });

      it('is kept where a call fails while others wait behind it: they fail too', async () => {
        proxy.inject('cut-before', 1);
        const results = await Promise.allSettled([feed.publish([a]), feed.publish([b]), feed.publish([c])]);
        expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
        expect(await ids()).toEqual([]);
        await feed.publish([a, b, c]);
        expect(await ids()).toEqual(['a', 'b', 'c']);
      });

      it('of first sights is kept where a frozen request is stored after its repeat and after later events', async () => {
        proxy.inject('hold', 1);
        await expect(feed.publish([a])).rejects.toThrow();
        await feed.publish([a]);
        await feed.publish([b]);
        expect(await ids()).toEqual(['a', 'b']);
        proxy.release();
        for (const end = performance.now() + 5_000; (await ids()).length < 3 && performance.now() < end;);
        expect(await ids()).toEqual(['a', 'b', 'a']);
      });
    });

    describe('what cannot be sent', () => {
      it('is refused by name before anything is sent, and does not harm what follows', async () => {
        const [poisoned, large] = [{ ...b, source: '' }, paidOrder('large', 'large', 'x'.repeat(1_000_000))];
        await expect(feed.publish([a, poisoned])).rejects.toThrow('event b has no ce_source');
        await expect(feed.publish([a, large])).rejects.toThrow('event large takes 1000');
        expect(await ids()).toEqual([]);
        await feed.publish([a, b]);
        expect(await ids()).toEqual(['a', 'b']);
      });

      it('is refused by a broker with a smaller limit as a failure, never as a success', async () => {
        topic = await createKafkaTopic(engine.address, { numPartitions: 1, configEntries: [{ name: 'max.message.bytes', value: '2000' }] });
        const narrow = await open();
        await expect(narrow.publish([paidOrder('large', 'large', 'x'.repeat(3_000))])).rejects.toThrow();
        await narrow.publish([a]);
        expect(await ids()).toEqual(['a']);
        await narrow.close();
      });

      it('is nothing at all: that asks nobody', async () => {
        await proxy.down();
        await feed.publish([]);
        await proxy.up();
        expect(await ids()).toEqual([]);
        expect(proxy.produced()).toBe(0);
      });
    });

    describe('a broker that is not there', () => {
      it.each<[string, () => Promise<void>]>([
        ['silent', async () => proxy.inject('silent')],
        ['down', () => proxy.down()],
      ])('because it is %s, fails the call in time, before and after it was there', async (_, fail) => {
        const failsInTime = async () => {
          const began = performance.now();
          await expect(feed.publish([a])).rejects.toThrow();
          expect(performance.now() - began).toBeLessThan(limits.sendMs + limits.disconnectMs + 500);
        };
        await fail();
        await failsInTime();
        await failsInTime();
        proxy.inject('none');
        await proxy.up().catch(() => undefined);
        expect(await insist([b])).toBeLessThan(3);
        await fail();
        await failsInTime();
      });

      it('is waited for no longer than we want, whatever the client would', async () => {
        const patient = await open({ limits: { ...limits, requestMs: 60_000, sendMs: 300 } });
        await patient.publish([a]);
        proxy.inject('swallow', 1);
        const began = performance.now();
        await expect(patient.publish([b])).rejects.toThrow('no answer from Kafka within 300 ms');
        expect(performance.now() - began).toBeLessThan(300 + limits.disconnectMs + 200);
        await patient.publish([b]);
        await patient.close();
        expect(await ids()).toEqual(['a', 'b', 'b']);
      });

      it('is found again as soon as it is back', async () => {
        await feed.publish([a]);
        await proxy.down();
        await expect(feed.publish([b])).rejects.toThrow();
        await proxy.up();
        await feed.publish([b]);
        expect(await ids()).toEqual(['a', 'b']);
      });

      it('does not keep anybody from opening or closing the feed', async () => {
        await proxy.down();
        const other = await open();
        await expect(other.publish([a])).rejects.toThrow();
        await other.close();
        await expect(other.publish([a])).rejects.toThrow('closed');
        await proxy.up();
      });

      it('is asked again every time, by a new producer: forty breaks in a row, forty recoveries at once', async () => {
        for (let turn = 0; turn < 40; turn += 1) {
          proxy.inject(turn % 2 ? 'cut-after' : 'cut-before', 1);
          await expect(feed.publish([paidOrder(`n${turn}`)])).rejects.toThrow();
          await feed.publish([paidOrder(`n${turn}`)]);
        }
        expect(firsts(await ids())).toEqual(Array.from({ length: 40 }, (_, turn) => `n${turn}`));
      });

      it('and cut idle connections, at worst for one call', async () => {
        await feed.publish([a]);
        for (const event of [b, c]) {
          proxy.cut();
          expect(await insist([event])).toBeLessThanOrEqual(1);
        }
        expect(firsts(await ids())).toEqual(['a', 'b', 'c']);
      });
    });

    describe('the topic', () => {
      it('that is missing fails the call, and is used when it is there', async () => {
        topic = kafkaTopic(engine.address);
        const early = await open();
        await expect(early.publish([a])).rejects.toThrow();
        await createKafkaTopic(engine.address, { numPartitions: 1 }, topic);
        await early.publish([a]);
        expect(await ids()).toEqual(['a']);
        await early.close();
      });

      it('is created where that was asked for, also when the broker comes later, and left as it is where it is there', async () => {
        topic = kafkaTopic(engine.address);
        const createTopic = { partitions: 3, replicas: 1 };
        await proxy.down();
        const developer = await open({ createTopic });
        await expect(developer.publish([a])).rejects.toThrow();
        await proxy.up();
        await developer.publish([a]);
        await developer.close();
        const again = await open({ createTopic: { partitions: 7, replicas: 1 } });
        await again.publish([b]);
        expect(firsts(await ids()).sort()).toEqual(['a', 'b']);
        await again.close();
      });

      it('has every order in one partition, as the Java client would choose it, and uses them all', async () => {
        topic = await createKafkaTopic(engine.address, { numPartitions: 3 });
        const wide = await open();
        const orders = Array.from({ length: 60 }, (_, number) => `order-${number}`);
        await wide.publish(orders.map((id) => paidOrder(`paid ${id}`, id)));
        await wide.publish(orders.map((id) => cancelledOrder(`cancelled ${id}`, id)));
        const received = await topic.received();
        expect(received).toHaveLength(120);
        expect(new Set(received.map(({ partition }) => partition)).size).toBe(3);
        for (const id of orders) {
          const messages = received.filter(({ key }) => key === id);
          expect(messages.map(({ event }) => event.id)).toEqual([`paid ${id}`, `cancelled ${id}`]);
          expect(messages[0]?.partition).toBe(messages[1]?.partition);
        }
        // murmur2('order-1') % 3 and murmur2('order-2') % 3 of org.apache.kafka.common.utils.Utils, positive
        expect(received.find(({ key }) => key === 'order-1')?.partition).toBe(1);
        expect(received.find(({ key }) => key === 'order-2')?.partition).toBe(0);
        await wide.close();
      });
    });

    it('survives an answer about brokers and topics that ends in its middle, again and again', async () => {
      for (let turn = 0; turn < 10; turn += 1) {
        const fresh = await open(); // asks for it first
        proxy.inject('torn-metadata', 1);
        await expect(fresh.publish([paidOrder(`n${turn}`)])).rejects.toThrow();
        await fresh.publish([paidOrder(`n${turn}`)]);
        await fresh.close();
      }
      expect(await ids()).toEqual(Array.from({ length: 10 }, (_, turn) => `n${turn}`));
    });

    const ours = found.killable === true ? it : it.skip;
    const notOurs = found.killable === true ? '' : ' (SKIPPED: the broker is not ours to stop)';
    const control = () => {
      if (!engine.control) throw new Error('an engine of ours can be stopped');
      return engine.control;
    };

    ours(
      `has what it acknowledged, in order, after the broker was killed again and again${notOurs}`,
      async () => {
        for (let turn = 0; turn < 3; turn += 1) {
          await insist([paidOrder(`before ${turn}`, 'o')]);
          const killed = control().kill();
          const sent = insist([paidOrder(`during ${turn}`, 'o')]);
          await killed;
          await control().restart();
          await sent; // perhaps before the kill: a broker that answers again may not lead its partitions yet
          await insist([paidOrder(`after ${turn}`, 'o')]);
        }
        const moments = [0, 1, 2].flatMap((turn) => ['before', 'during', 'after'].map((when) => `${when} ${turn}`));
        expect(firsts(await ids())).toEqual(moments);
      },
      60_000,
    );

    ours(`keeps the order of first sights where the broker freezes with a request and goes on${notOurs}`, async () => {
      await feed.publish([a]);
      await control().freeze();
      await expect(feed.publish([b])).rejects.toThrow();
      await expect(feed.publish([b])).rejects.toThrow();
      await control().thaw();
      await insist([b]);
      await feed.publish([c]);
      expect(firsts(await ids())).toEqual(['a', 'b', 'c']);
    });

    it('loses nothing and keeps the order of first sights under faults of every kind, by chance', async () => {
      const seed = Number(process.env['FEED_SEED'] ?? 1);
      const random = seeded(seed);
      topic = await createKafkaTopic(engine.address, { numPartitions: 3 });
      await feed.close();
      feed = await open({ limits: { ...limits, replicasMs: 100, requestMs: 150, sendMs: 400, disconnectMs: 100 } });
      const faults: readonly KafkaFault[] = ['none', 'swallow', 'cut-after', 'cut-before', 'hold', 'torn-metadata', 'silent'];
      const sent: OrderFeedEvent[] = [];
      for (let turn = 0; turn < 120; turn += 1) {
        const order = `order-${turn % 7}`;
        const events = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, at) => paidOrder(`${turn}-${at}`, order));
        proxy.inject(faults[Math.floor(random() * faults.length)] ?? 'none', 1);
        if (random() < 0.1) proxy.release();
        await insist(events, random);
        sent.push(...events);
      }
      proxy.inject('none');
      proxy.release();
      const received = await topic.received();
      const idsOf = (events: readonly OrderFeedEvent[], order: string) =>
        events.filter(({ subject }) => subject === order).map(({ id }) => id);
      for (let number = 0; number < 7; number += 1) {
        const order = `order-${number}`;
        expect([
          seed,
          order,
          firsts(
            idsOf(
              received.map(({ event }) => event),
              order,
            ),
          ),
        ]).toEqual([seed, order, idsOf(sent, order)]);
      }
    }, 120_000);
  },
);
