import { readVariables, refuseSettings, wholeNumber, type Environment } from '@shop/http';
import { isWellKnownPassword } from '@shop/service-process';
import { z } from 'zod';
import type { KafkaOrderFeedOptions } from './kafka-order-feed.js';

const broker = /^(\[[0-9a-f:]+\]|[\w.-]+):\d{1,5}$/i;
const brokers = z
  .string({ error: 'must be set' })
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine((list) => list.every((one) => broker.test(one)), { error: 'must be host:port, several with commas between' });

export const kafkaVariables = z.object({
  KAFKA_BROKERS: brokers.describe('host:port of some brokers, with commas between'),
  KAFKA_SSL: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .describe('true: TLS to the brokers; a CA of your own goes into NODE_EXTRA_CA_CERTS'),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
    .optional()
    .describe('how the brokers know this client; none: they do not ask'),
  KAFKA_SASL_USERNAME: z.string().optional().describe('user at the brokers'),
  KAFKA_SASL_PASSWORD: z.string().optional().describe('its password'),
  ORDER_FEED_TOPIC: z
    .string()
    .regex(/^[\w.-]{1,249}$/, { error: 'must be 1 to 249 letters, digits, ., - or _' })
    .default('commerce.orders.v1')
    .describe('topic of the order feed'),
  ORDER_FEED_PARTITIONS: wholeNumber(1, 1_000)
    .optional()
    .describe('creates a missing topic with so many partitions, for development; never changes one that is there'),
  ORDER_FEED_REPLICAS: wholeNumber(1, 15).default(1).describe('replicas of a topic created so'),
  NODE_ENV: z.string().optional(),
});
type Variables = z.output<typeof kafkaVariables>;

export type KafkaSettings = {
  readonly feed: Pick<KafkaOrderFeedOptions, 'brokers' | 'topic' | 'ssl' | 'sasl' | 'createTopic'>;
  /** To be said at every start. */
  readonly warnings: readonly string[];
};

const saslOf = (variables: Variables): KafkaOrderFeedOptions['sasl'] => {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password, NODE_ENV } = variables;
  if (mechanism === undefined) {
    if (username === undefined && password === undefined) return undefined;
    return refuseSettings('KAFKA_SASL_MECHANISM must be set with KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD');
  }
  if (username === undefined || password === undefined)
    return refuseSettings('KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD must be set with KAFKA_SASL_MECHANISM');
  if (NODE_ENV === 'production' && isWellKnownPassword(username, password))
    return refuseSettings(`KAFKA_SASL_PASSWORD: the well-known password of ${username} is refused in production`);
  return { mechanism, username, password };
};

/** @throws SettingsError naming every variable that does not fit */
export const readKafkaSettings = (environment: Environment): KafkaSettings => {
  const variables = readVariables(kafkaVariables, environment);
  const { KAFKA_BROKERS, KAFKA_SSL: ssl, ORDER_FEED_TOPIC: topic, ORDER_FEED_PARTITIONS: partitions, NODE_ENV } = variables;
  const sasl = saslOf(variables);
  return {
    feed: {
      brokers: KAFKA_BROKERS,
      topic,
      ssl,
      ...(sasl && { sasl }),
      ...(partitions !== undefined && { createTopic: { partitions, replicas: variables.ORDER_FEED_REPLICAS } }),
    },
    warnings: NODE_ENV === 'production' && !ssl ? ['KAFKA_SSL: without TLS anybody on the network may read and forge the order feed'] : [],
  };
};
