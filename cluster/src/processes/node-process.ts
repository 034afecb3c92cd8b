import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Guard } from './guard.js';

export type NodeProcessOptions = {
  readonly name: string;
  /** Its compiled program. */
  readonly program: string;
  readonly words?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Where everything goes that it prints. */
  readonly logFile: string;
  readonly guard: Guard;
};

/** A program in a process of its own, which can be ended, frozen and started again. */
export type NodeProcess = {
  readonly name: string;
  readonly start: () => void;
  readonly isRunning: () => boolean;
  /** Exit code of the last run, null where a signal ended it; resolves when it ends. */
  readonly exited: () => Promise<number | null>;
  /** SIGTERM, and SIGKILL should it not have ended in time. Answers the exit code. */
  readonly stop: () => Promise<number | null>;
  readonly kill: () => Promise<void>;
  readonly freeze: () => void;
  readonly thaw: () => void;
  readonly signal: (name: NodeJS.Signals) => void;
  /** The end of what it printed, for people. */
  readonly lastWords: () => Promise<string>;
};

const stopWithinMs = 35_000;
const lastWordsLength = 2_000;
const notStarted = Promise.resolve(0);
/** As the image of the services has it. */
const nodeWords = [
  '--min-semi-space-size=32',
  '--max-semi-space-size=32',
  '--initial-old-space-size=128',
  '--disable-warning=TimeoutNegativeWarning',
];

export const nodeProcess = ({ name, program, words = [], environment, logFile, guard }: NodeProcessOptions): NodeProcess => {
  let child: ChildProcess | undefined;
  let exited: Promise<number | null> = notStarted;
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const signal = (which: NodeJS.Signals) => void child?.kill(which);

  return {
    name,
    isRunning,
    start: () => {
      const log = openSync(logFile, 'a', 0o600);
      const started = spawn(process.execPath, [...nodeWords, program, ...words], {
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
        stdio: ['ignore', log, log],
        detached: true, // a Ctrl-C is for whoever started it, who ends it in good order
      });
      closeSync(log);
      child = started;
      const { pid } = started;
      if (pid !== undefined) guard.watch(pid);
      exited = once(started, 'exit').then(() => {
        if (pid !== undefined) guard.forget(pid);
        return started.exitCode;
      });
    },
    exited: () => exited,
    stop: async () => {
      signal('SIGCONT');
      signal('SIGTERM');
      const impatient = setTimeout(() => signal('SIGKILL'), stopWithinMs);
      const code = await exited;
      clearTimeout(impatient);
      return code;
    },
    kill: async () => {
      signal('SIGKILL');
      await exited;
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    signal,
    lastWords: async () => (await readFile(logFile, 'utf8').catch(() => '')).slice(-lastWordsLength),
  };
};
