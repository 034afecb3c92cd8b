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

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** A free port with a free one behind it, below those that the system hands out to clients. */
export const freePorts = async (): Promise<number> => {
  for (;;) {
    const port = 15_000 + 2 * Math.floor(Math.random() * 7_000);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
};

/** A script of this package that prints `READY address` and then is the engine. */
const launch = (script: string, folder: string, port: number) => {
  const child = spawn(fileURLToPath(new URL(`../${script}`, import.meta.url)), [folder, String(port)], {
    env: { ...process.env, STOP_WITH_PID: String(process.pid) },
    stdio: ['ignore', 'pipe', 'pipe'],
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
  return { ready, end, signal: (signal: 'SIGSTOP' | 'SIGCONT') => void child.kill(signal) };
};

const startScript = async (script: string): Promise<Engine> => {
  const folder = await mkdtemp(join(tmpdir(), 'shop-engine-'));
  const port = await freePorts();
  let running = launch(script, folder, port);
  const stop = async (): Promise<void> => {
    await running.end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const address = await running.ready;
    const control = {
      kill: () => running.end('SIGKILL'),
      restart: async () => {
        running = launch(script, folder, port);
        await running.ready;
      },
      freeze: () => running.signal('SIGSTOP'),
      thaw: () => running.signal('SIGCONT'),
    };
    return { address, stop, control };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** The engine as a process of this machine, with its data in a folder for the time. */
export const asProcess =
  (script: string): Way =>
  () => {
    const missing = ['java', 'mvn'].filter((program) => !isInstalled(program));
    return missing.length > 0
      ? { absent: `${missing.join(' and ')} not installed` }
      : { kind: 'process', where: `a process of engines/${script}`, start: () => startScript(script) };
  };
