import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '@shop/engines';
import { z } from 'zod';
import { endProcess, printed, startProcess, type RunningProcess } from '../processes/child-process.js';
import { untilQuiet, type CatchUp } from './caught-up.js';
import { shopWords, untilReady } from './running-shop.js';

const simulator = new URL('../../../packages/esdb-sim/dist/main.js', import.meta.url);
const commandApi = new URL('../../../services/command-api/dist/main.js', import.meta.url);

const callCounts = z.object({ append: z.int(), read: z.int(), appendsTo: z.record(z.string(), z.int()) });
/** Calls that the event store was sent since it started; `appendsTo` by what a stream's name has before the first `-`. */
export type CallCounts = z.infer<typeof callCounts>;

export type WriterOnSimulator = {
  readonly url: string;
  readonly pid: number;
  /** Connection string of the simulator. */
  readonly eventStore: string;
  readonly calls: () => Promise<CallCounts>;
  /** Waits until nothing is left to do after a load. */
  readonly catchUp: () => Promise<CatchUp>;
  readonly stop: () => Promise<void>;
};

/** The simulator prints its counts when it is asked by a signal. */
const askCalls = async ({ child }: RunningProcess, output: string): Promise<CallCounts> => {
  const told = async () => (await readFile(output, 'utf8')).match(/^CALLS .*(?=\n)/gm) ?? [];
  const before = (await told()).length;
  child.kill('SIGUSR2');
  for (;;) {
    const line = (await told())[before];
    if (line !== undefined) return callCounts.parse(JSON.parse(line.slice('CALLS '.length)));
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('the simulator has ended');
    await sleep(10);
  }
};

/** One command-api on the simulator of EventStoreDB, and nothing else: without read models it only cannot sweep. */
export const startWriterOnSimulator = async (folder: string, profiles: string | undefined): Promise<WriterOnSimulator> => {
  const output = join(folder, 'simulator.log');
  const events = startProcess({ program: simulator, words: ['--port', '0', '--data', join(folder, 'events')], output });
  const eventStore = await printed(/READY (\S+)/, output, events);
  const [port, nobody] = [await freePorts(), await freePorts()];
  const settings = {
    HOST: '127.0.0.1',
    PORT: String(port),
    AUTH_MODE: 'off',
    EVENTSTOREDB_URL: eventStore,
    MONGODB_URL: `mongodb://127.0.0.1:${nobody}`,
  };
  const writer = startProcess({ program: commandApi, nodeWords: shopWords(profiles), settings, output: join(folder, 'command-api.log') });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, writer);
  return {
    url,
    pid: writer.pid,
    eventStore,
    calls: () => askCalls(events, output),
    // By the simulator's own count: what is written to snapshots is a call as well.
    catchUp: () => untilQuiet(async () => JSON.stringify((await askCalls(events, output)).appendsTo)),
    stop: async () => {
      await endProcess(writer, 'SIGTERM');
      await endProcess(events, 'SIGTERM');
    },
  };
};
