import { randomUUID } from 'node:crypto';
import { orderFeedEvent, type OrderFeedEvent } from '@shop/events';
import { Kafka, logLevel, type ITopicConfig, type KafkaMessage } from 'kafkajs';

/** What a consumer of the data platform sees of one message. */
export type Received = { readonly partition: number; readonly key: string | undefined; readonly event: OrderFeedEvent };

export type KafkaTopic = {
  readonly name: string;
  /** All messages from the beginning; of each partition in order. */
  readonly received: () => Promise<readonly Received[]>;
};

/** Other settings than the feed's: without retries a consumer of a fresh broker receives nothing and says nothing. */
const clientOf = (broker: string): Kafka =>
  new Kafka({ clientId: 'test', brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 8, initialRetryTime: 50 } });

const attributes = ['specversion', 'id', 'type', 'source', 'subject', 'time', 'sequence', 'traceparent'] as const;
const eventOf = ({ headers = {}, value }: KafkaMessage): OrderFeedEvent => {
  const event: Record<string, unknown> = {};
  for (const name of attributes) {
    const text = headers[`ce_${name}`]?.toString();
    if (text !== undefined) event[name] = text;
  }
  const data: unknown = JSON.parse(value?.toString() ?? '');
  return orderFeedEvent.parse({ ...event, datacontenttype: headers['content-type']?.toString(), data });
};

const storedIn = async (kafka: Kafka, topic: string): Promise<number> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  } finally {
    await admin.disconnect();
  }
};

const readAll = async (kafka: Kafka, topic: string): Promise<readonly Received[]> => {
  const expected = await storedIn(kafka, topic);
  const messages: Received[] = [];
  if (expected === 0) return messages;
  const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => {
          messages.push({ partition, key: message.key?.toString(), event: eventOf(message) });
          if (messages.length === expected) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return messages;
};

export const kafkaTopic = (broker: string, name = `orders-${randomUUID()}`): KafkaTopic => {
  const kafka = clientOf(broker);
  return { name, received: () => readAll(kafka, name) };
};

export const createKafkaTopic = async (
  broker: string,
  config: Omit<ITopicConfig, 'topic'>,
  topic = kafkaTopic(broker),
): Promise<KafkaTopic> => {
  const admin = clientOf(broker).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ ...config, topic: topic.name }] });
  await admin.disconnect();
  return topic;
};
