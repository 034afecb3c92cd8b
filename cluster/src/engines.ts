import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { missingPrograms, startEngine, type EngineProcess } from '@shop/engines';
import { z } from 'zod';
import { builtProgram } from './built-program.js';
import type { Guard } from './processes/guard.js';
import { untilListening } from './processes/listening.js';
import { nodeProcess, type NodeProcess } from './processes/node-process.js';

const calls = z.object({ append: z.int(), read: z.int(), 'read-all': z.int(), appendsTo: z.record(z.string(), z.int()) });
/** Calls that the event store was sent since it started; `appendsTo` by what a stream's name has before the first `-`. */
export type EventStoreCalls = z.infer<typeof calls>;

export type EventStoreProcess = NodeProcess & { readonly url: string; readonly calls: () => Promise<EventStoreCalls> };

export type ClusterEngines = {
  readonly kafka: EngineProcess;
  readonly mongoDb: EngineProcess;
  readonly eventStore: EventStoreProcess;
  /** Where the services find them. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
};

const linesOf = async (logFile: string, word: string): Promise<readonly string[]> =>
  (await readFile(logFile, 'utf8'))
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith(`${word} `));

/** It prints them when it is asked by a signal. */
const askCalls = async (child: NodeProcess, logFile: string): Promise<EventStoreCalls> => {
  const before = (await linesOf(logFile, 'CALLS')).length;
  child.signal('SIGUSR2');
  for (;;) {
    const line = (await linesOf(logFile, 'CALLS'))[before];
    if (line !== undefined) return calls.parse(JSON.parse(line.slice('CALLS '.length)));
    if (!child.isRunning()) throw new Error(`${child.name} has ended`);
    await sleep(10);
  }
};

const startEventStore = async (folder: string, port: number, logFile: string, guard: Guard): Promise<EventStoreProcess> => {
  const program = builtProgram('packages/esdb-sim/dist/main.js');
  const words = ['--port', String(port), '--data', folder];
  const child = nodeProcess({ name: 'the event store', program, words, environment: {}, logFile, guard });
  child.start();
  try {
    await untilListening(child, port);
  } catch (error) {
    await child.kill();
    throw error;
  }
  return { ...child, url: `esdb://127.0.0.1:${port}?tls=false`, calls: () => askCalls(child, logFile) };
};

/** Of what was started together: all of it, or none and the reason. */
const allOrNone = async <First, Second, Third>(
  starts: readonly [Promise<First>, Promise<Second>, Promise<Third>],
  stops: readonly [(one: First) => Promise<unknown>, (one: Second) => Promise<unknown>, (one: Third) => Promise<unknown>],
): Promise<readonly [First, Second, Third]> => {
  try {
    return await Promise.all(starts);
  } catch (error) {
    const stop = <One>(start: Promise<One>, end: (one: One) => Promise<unknown>) => start.then(end).catch(() => undefined);
    await Promise.all([stop(starts[0], stops[0]), stop(starts[1], stops[1]), stop(starts[2], stops[2])]);
    throw error;
  }
};

/**
 * The engines that can be had without a container: a real Kafka broker, a server of MongoDB's protocol, and the simulator of EventStoreDB, each
 * with its data below `folder`.
 * @throws Error where one cannot start; none is left then
 */
export const startEngines = async (
  folder: string,
  { newPort, guard, logFile }: { newPort: () => Promise<number>; guard: Guard; logFile: (name: string) => string },
): Promise<ClusterEngines> => {
  const missing = missingPrograms();
  if (missing.length > 0)
    throw new Error(`${missing.join(' and ')} not found: the engines need Java 17 or later, and Maven for their first start`);
  const [kafkaPort, mongoPort, eventStorePort] = [await newPort(), await newPort(), await newPort()];
  const stopEngine = (engine: EngineProcess) => engine.stop();
  const stopNode = (child: NodeProcess) => child.stop();
  const [kafka, mongoDb, eventStore] = await allOrNone(
    [
      startEngine('kafka.sh', join(folder, 'kafka'), kafkaPort),
      startEngine('mongodb-wire.sh', join(folder, 'mongodb'), mongoPort),
      startEventStore(join(folder, 'event-store'), eventStorePort, logFile('event-store'), guard),
    ],
    [stopEngine, stopEngine, stopNode],
  );
  return {
    kafka,
    mongoDb,
    eventStore,
    environment: { EVENTSTOREDB_URL: eventStore.url, MONGODB_URL: mongoDb.address, KAFKA_BROKERS: kafka.address },
    stop: async () => {
      await Promise.all([stopEngine(kafka), stopEngine(mongoDb), stopNode(eventStore)]);
    },
  };
};
