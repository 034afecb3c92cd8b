import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type ProgramRun = {
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exited: Promise<number | null>;
  readonly signal: (name: NodeJS.Signals) => void;
};

/** Runs a built program under these variables and no others. */
export const runProgram = (
  program: string,
  environment: Readonly<Record<string, string>> = {},
  words: readonly string[] = [],
): ProgramRun => {
  const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', program, ...words], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exited = once(child, 'close').then(() => child.exitCode);
  return { stdout: () => stdout, stderr: () => stderr, exited, signal: (name) => void child.kill(name) };
};

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};

export type Standing = { readonly status: number; readonly body: unknown };

/** How a process says that it stands; undefined while it does not listen. */
export const readinessAt = async (url: string): Promise<Standing | undefined> => {
  try {
    const response = await fetch(`${url}/readyz`);
    return { status: response.status, body: await response.json() };
  } catch {
    return undefined;
  }
};

/** Asks again until something holds. @throws Error with the last answer where it takes too long */
export const until = async <Answer>(ask: () => Promise<Answer>, holds: (answer: Answer) => boolean, limitMs = 25_000): Promise<Answer> => {
  for (const giveUp = performance.now() + limitMs; ;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (performance.now() > giveUp) throw new Error(`still ${JSON.stringify(answer)} after ${limitMs} ms`);
    await sleep(25);
  }
};
