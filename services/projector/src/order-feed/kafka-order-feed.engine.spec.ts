import { afterAll } from '@jest/globals';
import { systemClock } from '@shop/clock';
import { findKafka, type Engine } from '@shop/engines';
import { openKafkaOrderFeed } from './kafka-order-feed.js';
import { orderFeedContract } from './order-feed-contract.js';
import { createKafkaTopic } from './testing/kafka-topic.js';

const found = await findKafka();
let engine: Promise<Engine> | undefined;
const running = (): Promise<Engine> => {
  if (found.absent !== undefined) throw new Error(found.absent);
  return (engine ??= found.start());
};
afterAll(async () => (await engine)?.stop(), 20_000);

orderFeedContract(`Kafka (${found.where ?? 'by its client'})`, {
  absent: found.absent,
  open: async () => {
    const { address } = await running();
    const topic = await createKafkaTopic(address, { numPartitions: 1 }); // one, so that the topic as a whole has an order
    const open = () => openKafkaOrderFeed({ brokers: [address], topic: topic.name, clientId: 'test', clock: systemClock });
    const feed = await open();
    const received = async () => (await topic.received()).map(({ event }) => event);
    return { feed, received, reopen: open, close: feed.close };
  },
});
