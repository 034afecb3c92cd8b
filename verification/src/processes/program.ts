import { spawn } from 'node:child_process';
import { once } from 'node:events';

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A program that was started as a process of its own. */
export type Program = {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly exited: Promise<Exit>;
};

/** Settings of the shell that runs the tests must not reach the program under test. */
const environment = (more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  LOG_LEVEL: 'warn',
  ...more,
});

const mostKept = 1_000_000;
/** What a child prints, the end of it. */
const collect = (stream: NodeJS.ReadableStream): (() => string) => {
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => (text = (text + part).slice(-mostKept)));
  return () => text;
};

const running = new Set<Program>();

/** Kills, by their ids, all programs that were started and have not ended. */
export const killAll = (): void => {
  for (const program of running) program.signal('SIGKILL');
};

/** Runs a built program under this Node. @throws Error where it cannot be started */
export const startProgram = (path: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): Program => {
  const child = spawn(process.execPath, [path, ...words], { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${path} could not be started`);
  const program: Program = {
    pid,
    stdout: collect(child.stdout),
    stderr: collect(child.stderr),
    signal: (signal) => void child.kill(signal),
    exited: once(child, 'close').then(() => {
      running.delete(program);
      return { code: child.exitCode, signal: child.signalCode };
    }),
  };
  running.add(program);
  return program;
};
