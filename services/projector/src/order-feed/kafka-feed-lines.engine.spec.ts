import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@shop/clock';
import { findKafka, type Engine } from '@shop/engines';
import { randomUUID } from 'node:crypto';
import { kafkaFeedLines } from './kafka-feed-lines.js';
import { openKafkaOrderFeed } from './kafka-order-feed.js';
import { createKafkaTopic, kafkaTopic } from './testing/kafka-topic.js';
import { paidOrder } from './testing/orders.js';

const found = await findKafka();

const suite = found.absent === undefined ? describe : describe.skip;
suite(`The feed read back from Kafka${found.absent === undefined ? '' : ` (SKIPPED: ${found.absent})`}`, () => {
  let engine: Engine;
  beforeAll(async () => {
    if (found.absent === undefined) engine = await found.start();
  }, 300_000);
  afterAll(() => engine?.stop(), 20_000);
  const linesOf = (topic: string) => kafkaFeedLines({ brokers: [engine.address], topic, newId: randomUUID });

  it('is empty where the topic is not there yet: nothing has been sold', async () => {
    const lines: string[] = [];
    for await (const line of linesOf(kafkaTopic(engine.address).name)) lines.push(line);
    expect(lines).toEqual([]);
  });

  it('keeps a reader’s pace, and the order of the events', async () => {
    const topic = await createKafkaTopic(engine.address, { numPartitions: 1 });
    const feed = await openKafkaOrderFeed({ brokers: [engine.address], topic: topic.name, clientId: 'test', clock: systemClock });
    const events = Array.from({ length: 500 }, (_, number) => paidOrder(`n${number}`));
    await feed.publish(events);
    await feed.close();
    const ids: string[] = [];
    for await (const line of linesOf(topic.name)) {
      ids.push(/"id":"(\w+)"/.exec(line)?.[1] ?? line);
      await new Promise((resolve) => setImmediate(resolve)); // slower than the broker
    }
    expect(ids).toEqual(events.map(({ id }) => id));
  });
});
