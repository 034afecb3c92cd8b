import { inContainer, type StartedContainer } from './container.js';
import { firstOf, fromEnvironment, type FoundEngine } from './engine.js';
import { asProcess, freePorts } from './process.js';

/** The broker tells its clients where to come back to, so the port outside must be known before it starts. */
const run = async (image: string): Promise<StartedContainer> => {
  const { GenericContainer, Wait } = await import('testcontainers');
  const port = await freePorts();
  const started = await new GenericContainer(image)
    .withPullPolicy({ shouldPull: () => false })
    .withExposedPorts({ container: 9092, host: port })
    .withEnvironment({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      // A broker that was killed may register again after this long.
      KAFKA_BROKER_SESSION_TIMEOUT_MS: '2000',
      KAFKA_BROKER_HEARTBEAT_INTERVAL_MS: '500',
    })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .start();
  return { container: started, address: `127.0.0.1:${port}` };
};

/** `address` is `host:port`, or several with commas between. */
export const findKafka = (): Promise<FoundEngine> =>
  firstOf(
    fromEnvironment('KAFKA_BROKERS'),
    inContainer({ image: process.env['KAFKA_IMAGE'] ?? 'apache/kafka:4.1.1', killable: true, run }),
    inContainer({ image: 'local/kafka:4.4.0', killable: true, run }),
    asProcess('kafka.sh'),
  );
