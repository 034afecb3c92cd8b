import { describe, expect, it } from '@jest/globals';
import { projectorOnEngines } from './on-engines.js';

const good = {
  EVENTSTOREDB_URL: 'esdb://one:2113?tls=false',
  MONGODB_URL: 'mongodb://one',
  KAFKA_BROKERS: 'one:9092, [::1]:9093',
  AUTH_MODE: 'off',
};
const read = (changes: Readonly<Record<string, string>> = {}) => projectorOnEngines.readSettings({ ...good, ...changes });

describe('settings of the projector on engines', () => {
  it('send the feed to its topic, which operators create', () => {
    expect(read()).toMatchObject({ http: { port: 3_003 } });
    expect(read().own.kafka).toEqual({
      feed: { brokers: ['one:9092', '[::1]:9093'], topic: 'commerce.orders.v1', ssl: false },
      warnings: [],
    });
  });

  it('create a missing topic where they name its partitions, and speak to brokers that ask who is there', () => {
    const sasl = { KAFKA_SASL_MECHANISM: 'scram-sha-256', KAFKA_SASL_USERNAME: 'shop', KAFKA_SASL_PASSWORD: 'long-and-secret' };
    expect(read({ ...sasl, ORDER_FEED_PARTITIONS: '6', ORDER_FEED_REPLICAS: '3', KAFKA_SSL: 'true' }).own.kafka.feed).toMatchObject({
      createTopic: { partitions: 6, replicas: 3 },
      ssl: true,
      sasl: { mechanism: 'scram-sha-256', username: 'shop', password: 'long-and-secret' },
    });
  });

  it.each([
    [{ KAFKA_BROKERS: '' }, /KAFKA_BROKERS: must be set/],
    [{ KAFKA_BROKERS: 'one' }, /KAFKA_BROKERS: must be host:port/],
    [{ KAFKA_SSL: 'yes' }, /KAFKA_SSL/],
    [{ KAFKA_SASL_MECHANISM: 'gssapi' }, /KAFKA_SASL_MECHANISM/],
    [{ KAFKA_SASL_MECHANISM: 'plain' }, /KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD must be set/],
    [{ KAFKA_SASL_PASSWORD: 'x' }, /KAFKA_SASL_MECHANISM must be set/],
    [{ ORDER_FEED_TOPIC: 'all orders' }, /ORDER_FEED_TOPIC/],
    [{ ORDER_FEED_PARTITIONS: '0' }, /ORDER_FEED_PARTITIONS/],
    [{ PROJECTOR_PAGE_EVENTS: '0' }, /PROJECTOR_PAGE_EVENTS/],
  ])('refuse %j and name the variable', (changes, message) => {
    expect(() => read(changes)).toThrow(message);
  });

  it('refuse a well-known password in production and warn of what is sent in the open', () => {
    const production = { NODE_ENV: 'production', AUTH_MODE: 'off' };
    const sasl = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'admin', KAFKA_SASL_PASSWORD: 'admin-secret' };
    expect(() => read({ ...production, ...sasl })).toThrow(/KAFKA_SASL_PASSWORD: the well-known password of admin/);
    expect(read(production).warnings.map((warning) => warning.split(':')[0])).toEqual(['EVENTSTOREDB_URL', 'MONGODB_URL', 'KAFKA_SSL']);
  });
});
