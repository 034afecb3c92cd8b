import type { Clock } from '@shop/clock';
import type { Producer } from 'kafkajs';
import { securityOf, type KafkaSecurity } from './kafka-security.js';
import { inBatches, toKafkaMessage, type KafkaMessage } from './kafka-message.js';
import type { OrderFeed } from './order-feed.js';

/** Milliseconds. Each waits for the one before it: the broker for its replicas, the client for the broker, we for the client. */
export type KafkaLimits = {
  readonly connectMs: number;
  readonly replicasMs: number;
  readonly requestMs: number;
  readonly sendMs: number;
  readonly disconnectMs: number;
};

export type KafkaOrderFeedOptions = KafkaSecurity & {
  /** `host:port` of some brokers; the others are learned from them. */
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly clientId: string;
  /**
   * Creates the topic where it is missing; for development. Operators create their own, as the number of partitions is chosen once:
   * more of them later move orders to other partitions, and break the order of what is on its way.
   */
  readonly createTopic?: { readonly partitions: number; readonly replicas: number };
  /** Below the topic's `max.message.bytes`, which counts a whole batch. */
  readonly maxMessageBytes?: number;
  readonly clock: Clock;
  readonly limits?: KafkaLimits;
};

const defaultLimits: KafkaLimits = { connectMs: 3_000, replicasMs: 4_000, requestMs: 5_000, sendMs: 10_000, disconnectMs: 1_000 };
const inOneRequest = { messages: 500, bytes: 512 * 1024 } as const;

/** The producer and what creates the topic, loaded only where Kafka is used. */
const loadClient = async (options: KafkaOrderFeedOptions, limits: KafkaLimits) => {
  const { Kafka, Partitioners, logLevel } = await import('kafkajs');
  const { brokers, clientId, topic, createTopic } = options;
  const kafka = new Kafka({
    clientId,
    brokers: [...brokers],
    ...securityOf(options),
    connectionTimeout: limits.connectMs,
    requestTimeout: limits.requestMs,
    retry: { retries: 0 }, // of connecting; whoever publishes tries again, with a new producer
    logLevel: logLevel.NOTHING,
  });
  const newProducer = (): Producer =>
    kafka.producer({
      // After a lost acknowledgement an idempotent producer of this client gives a used sequence number to the next batch: the broker
      // takes that for a repeat and acknowledges it without storing it. Without idempotence there are repeats, and no losses.
      idempotent: false,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: { retries: 0 },
      createPartitioner: Partitioners.DefaultPartitioner,
    });
  const ensureTopic = async (): Promise<void> => {
    if (!createTopic) return;
    const { partitions, replicas } = createTopic;
    const configEntries = [
      { name: 'min.insync.replicas', value: String(Math.max(1, replicas - 1)) },
      { name: 'unclean.leader.election.enable', value: 'false' },
    ];
    const admin = kafka.admin();
    try {
      await admin.connect();
      await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: replicas, configEntries }] });
    } finally {
      await admin.disconnect();
    }
  };
  return { newProducer, ensureTopic };
};

/** Rejects where the work takes longer; what it comes to later is nobody's. */
const within = async <Result>(clock: Clock, ms: number, work: Promise<Result>): Promise<Result> => {
  const settled = new AbortController();
  const late = clock.sleep(ms, settled.signal).then((): Promise<never> => {
    if (settled.signal.aborted) return new Promise(() => undefined);
    throw new Error(`no answer from Kafka within ${ms} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    settled.abort();
  }
};

/**
 * The way to the data platform through Kafka. Connects when something is published. After any error, also one that says it is over, the
 * outcome is unknown and the producer is let go: the next call has a new one, and sends the same events again. So there are repeats,
 * and no event is lost or overtaken by a later one.
 */
export const openKafkaOrderFeed = async (options: KafkaOrderFeedOptions): Promise<OrderFeed> => {
  const { topic, clock, limits = defaultLimits, maxMessageBytes = 900_000 } = options;
  const { newProducer, ensureTopic } = await loadClient(options, limits);
  let producer: Producer | undefined;
  let hasTopic = false;
  let isClosed = false;
  let last: Promise<void> = Promise.resolve();

  const letGo = async (): Promise<void> => {
    const old = producer;
    producer = undefined;
    // It may go on trying for long, and what it says of its end matters to nobody.
    if (old) await within(clock, limits.disconnectMs, old.disconnect()).catch(() => undefined);
  };
  const connected = async (): Promise<Producer> => {
    if (producer) return producer;
    if (!hasTopic) await ensureTopic();
    hasTopic = true;
    const fresh = newProducer();
    producer = fresh;
    await fresh.connect();
    return fresh;
  };
  const request = async (messages: readonly KafkaMessage[]): Promise<void> => {
    const current = await connected();
    const results = await current.send({ topic, acks: -1, timeout: limits.replicasMs, messages: [...messages] });
    // The client resolves for messages that it never sent.
    if (results.length === 0 || results.some(({ errorCode }) => errorCode !== 0)) throw new Error('the broker has not stored all messages');
  };
  const send = async (messages: readonly KafkaMessage[]): Promise<void> => {
    if (isClosed) throw new Error('the order feed is closed');
    try {
      await within(clock, limits.sendMs, request(messages));
    } catch (error) {
      await letGo();
      throw error;
    }
  };

  return {
    publish: async (events) => {
      if (isClosed) throw new Error('the order feed is closed');
      const messages = events.map((event) => toKafkaMessage(event, maxMessageBytes));
      // Of two requests on their way the later may be stored first. Who comes while another is being sent waits, and fails with it.
      const sent = last.then(async () => {
        for (const batch of inBatches(messages, inOneRequest)) await send(batch);
      });
      const settled = sent.finally(() => {
        if (last === settled) last = Promise.resolve();
      });
      last = settled;
      return settled;
    },
    close: async () => {
      isClosed = true;
      await last.catch(() => undefined);
      await letGo();
    },
  };
};
