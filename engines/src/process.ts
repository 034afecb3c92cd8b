import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Engine, Way } from './engine.js';

/** The first start fetches the engine's jars. */
const readyWithinMs = 300_000;
const stoppedWithinMs = 10_000;

const isInstalled = (program: string): boolean => spawnSync(program, ['-version'], { stdio: 'ignore' }).error === undefined;

/** What the engines of this package need and is not installed here. */
export const missingPrograms = (): readonly string[] => ['java', 'mvn'].filter((program) => !isInstalled(program));

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/**
 * A free port with a free one behind it, below those that the system hands out to clients: a client that asks in vain on one of those can be
 * connected to itself, and a restarted server then finds its port taken.
 */
export const freePorts = async (): Promise<number> => {
  for (;;) {
    const port = 15_000 + 2 * Math.floor(Math.random() * 7_000);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
};

/** A script of this package that prints `READY address` and then is the engine. */
const launch = (script: 'kafka.sh' | 'mongodb-wire.sh', folder: string, port: number) => {
  const child = spawn(fileURLToPath(new URL(`../${script}`, import.meta.url)), [folder, String(port)], {
    env: { ...process.env, STOP_WITH_PID: String(process.pid) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a Ctrl-C is for whoever started it, who ends it in good order
  });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve()); // it never began
    child.once('exit', () => resolve());
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  const ready = new Promise<string>((resolve, reject) => {
    const fail = (reason: string) => reject(new Error(`${script} ${reason}: ${said}`));
    const timer = setTimeout(() => fail('was not ready in time'), readyWithinMs);
    void ended.then(() => {
      clearTimeout(timer);
      fail('ended');
    });
    createInterface(child.stdout).on('line', (line) => {
      if (!line.startsWith('READY ')) return;
      clearTimeout(timer);
      resolve(line.slice('READY '.length));
    });
  });
  ready.catch(() => undefined); // whoever waits for it is told
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    const kill = setTimeout(() => child.kill('SIGKILL'), stoppedWithinMs);
    child.kill('SIGCONT');
    child.kill(signal);
    await ended;
    clearTimeout(kill);
  };
  return { ready, ended, end, signal: (signal: 'SIGSTOP' | 'SIGCONT') => void child.kill(signal) };
};

/** An engine that runs as a process of this machine. `ended` resolves whenever its process ends, for whatever reason. */
export type EngineProcess = Required<Engine> & { readonly ended: () => Promise<void> };

/**
 * Starts an engine of this package on a folder that it goes on with at the next start; resolves when it serves.
 * @throws Error with what the engine said
 */
export const startEngine = async (script: 'kafka.sh' | 'mongodb-wire.sh', folder: string, port: number): Promise<EngineProcess> => {
  let running = launch(script, folder, port);
  const stop = () => running.end('SIGTERM');
  try {
    const address = await running.ready;
    const control = {
      kill: () => running.end('SIGKILL'),
      restart: async () => {
        running = launch(script, folder, port);
        await running.ready;
      },
      freeze: async () => running.signal('SIGSTOP'),
      thaw: async () => running.signal('SIGCONT'),
    };
    return { address, stop, control, ended: () => running.ended };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** With its data in a folder for the time. */
const startForTheTime = async (script: 'kafka.sh' | 'mongodb-wire.sh'): Promise<Engine> => {
  const folder = await mkdtemp(join(tmpdir(), 'shop-engine-'));
  const clear = () => rm(folder, { recursive: true, force: true });
  try {
    const { stop, ...engine } = await startEngine(script, folder, await freePorts());
    return {
      ...engine,
      stop: async () => {
        await stop();
        await clear();
      },
    };
  } catch (error) {
    await clear();
    throw error;
  }
};

/** The engine as a process of this machine, with its data in a folder for the time. */
export const asProcess =
  (script: 'kafka.sh' | 'mongodb-wire.sh'): Way =>
  () => {
    const missing = missingPrograms();
    return missing.length > 0
      ? { absent: `${missing.join(' and ')} not installed` }
      : { kind: 'process', where: `a process of engines/${script}`, killable: true, start: () => startForTheTime(script) };
  };
