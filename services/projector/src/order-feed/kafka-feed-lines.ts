import { PassThrough } from 'node:stream';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { securityOf, type KafkaSecurity } from './kafka-security.js';
import { roomIn } from './room-in.js';

export type KafkaFeedLinesOptions = KafkaSecurity & {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly newId: () => string;
};

const attributes = ['specversion', 'id', 'type', 'source', 'subject', 'time', 'sequence', 'traceparent'] as const;

/** A message in the structured mode of CloudEvents; what it lacks is left out, for whoever judges it to find. */
export const lineOf = ({ headers = {}, value }: Pick<KafkaMessage, 'headers' | 'value'>): string => {
  const told = attributes.flatMap((name) => {
    const text = headers[`ce_${name}`]?.toString();
    return text === undefined ? [] : [[name, text] as const];
  });
  const head = JSON.stringify({ ...Object.fromEntries(told), datacontenttype: headers['content-type']?.toString() });
  return `${head.slice(0, -1)},"data":${value?.toString() ?? 'null'}}`;
};

/** Where each partition that holds something ends now. The topic of a shop that has not sold anything may not be there yet. */
const endsOf = async (kafka: Kafka, topic: string): Promise<Map<number, bigint>> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    if (!(await admin.listTopics()).includes(topic)) return new Map();
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(offsets.filter(({ high, low }) => BigInt(high) > BigInt(low)).map(({ partition, high }) => [partition, BigInt(high)]));
  } finally {
    await admin.disconnect();
  }
};

/** Whoever reads the lines sets the pace. */
const fill = async (lines: PassThrough, { batch }: EachBatchPayload, ends: Map<number, bigint>): Promise<void> => {
  const end = ends.get(batch.partition) ?? 0n;
  for (const message of batch.messages) {
    if (lines.destroyed || BigInt(message.offset) >= end) break;
    if (!lines.write(lineOf(message))) await roomIn(lines);
  }
  if (BigInt(batch.lastOffset()) + 1n >= end) ends.delete(batch.partition);
  if (ends.size === 0) lines.end();
};

const leave = async (kafka: Kafka, consumer: Consumer, groupId: string): Promise<void> => {
  await consumer.disconnect();
  const admin = kafka.admin();
  await admin.connect();
  await admin.deleteGroups([groupId]).finally(() => admin.disconnect());
};

/**
 * The order feed as it stands in Kafka now, as lines of structured-mode JSON, order kept within a partition. It reads under a group of its own
 * and moves nobody's place. @throws where Kafka does not answer
 */
export async function* kafkaFeedLines({ brokers, topic, newId, ...security }: KafkaFeedLinesOptions): AsyncGenerator<string> {
  const { Kafka: Client, logLevel } = await import('kafkajs');
  // Other than the feed's: without tries a consumer receives nothing and says nothing.
  const retry = { retries: 8, initialRetryTime: 100 };
  const kafka = new Client({ clientId: 'shop-audit', brokers: [...brokers], ...securityOf(security), retry, logLevel: logLevel.NOTHING });
  const ends = await endsOf(kafka, topic);
  if (ends.size === 0) return;
  const groupId = `shop-audit-${newId()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  const lines = new PassThrough({ objectMode: true });
  // After most faults the client starts over by itself; what it reads again are repeats, and those a feed may have.
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) lines.destroy(payload.error);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: (batch) => fill(lines, batch, ends) });
    for await (const line of lines) yield String(line);
  } finally {
    lines.destroy();
    await leave(kafka, consumer, groupId).catch(() => undefined);
  }
}
