import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export type ProcessOptions = {
  readonly program: URL;
  readonly words?: readonly string[];
  /** For node itself, in front of the program. */
  readonly nodeWords?: readonly string[];
  /** Its settings, for a program that takes them so. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where it prints; nowhere unless said. */
  readonly output?: string;
  /** Opens a channel for messages. */
  readonly talks?: boolean;
};

export type RunningProcess = {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly exited: Promise<number | null>;
};

/** For every server and every rebuild, ours and the others': as `npm start` and `npm run rebuild` run them. */
export const serverWords: readonly string[] = ['--min-semi-space-size=32', '--max-semi-space-size=32', '--initial-old-space-size=128'];

const running = new Set<ChildProcess>();

/** Kills, by their ids, all processes that were started and have not ended. */
export const killAll = (): void => {
  for (const child of running) child.kill('SIGKILL');
};

/** Settings of the shell that runs the benchmark must not reach what it measures: a secret, a log level, a debugger. */
const environment = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], HOME: process.env['HOME'] });

export const startProcess = ({ program, words = [], nodeWords = [], settings, output, talks = false }: ProcessOptions): RunningProcess => {
  const file = output === undefined ? undefined : openSync(output, 'a');
  const target = file ?? 'ignore';
  const child = spawn(process.execPath, [...nodeWords, fileURLToPath(program), ...words], {
    env: { ...environment(), ...settings },
    stdio: ['ignore', target, file ?? 'inherit', ...(talks ? ['ipc' as const] : [])],
  });
  if (file !== undefined) closeSync(file);
  running.add(child);
  const exited = once(child, 'exit').then(() => {
    running.delete(child);
    return child.exitCode;
  });
  if (child.pid === undefined) throw new Error(`${program.pathname} could not be started`);
  return { child, pid: child.pid, exited };
};

/** Answers the exit code, null where a signal ended it. Killed where it does not end within the limit. */
export const endProcess = async ({ child, exited }: RunningProcess, signal: NodeJS.Signals, limitMs = 30_000): Promise<number | null> => {
  child.kill(signal);
  const impatient = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const code = await exited;
  clearTimeout(impatient);
  return code;
};

const lookEveryMs = 2;

/** The first match in what a process has printed. @throws Error where it ends, or prints none within the limit */
export const printed = async (pattern: RegExp, output: string, { exited }: RunningProcess, limitMs = 60_000): Promise<string> => {
  let ended = false;
  let text = '';
  void exited.then(() => (ended = true));
  for (const deadline = performance.now() + limitMs; performance.now() < deadline; await sleep(lookEveryMs)) {
    const hasEnded = ended;
    text = await readFile(output, 'utf8');
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return found;
    if (hasEnded) throw new Error(`a process ended before it was ready:\n${text.slice(-2_000)}`);
  }
  throw new Error(`a process did not print ${String(pattern)} within ${limitMs / 1_000} s:\n${text.slice(-2_000)}`);
};
