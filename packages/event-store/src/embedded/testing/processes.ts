import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../dist/embedded/testing/appending-process.js', import.meta.url));

export type AppendingProcess = {
  /** Notes acknowledged so far, in order. */
  readonly acknowledged: readonly string[];
  /** What it wrote to standard error so far. */
  readonly complaints: () => string;
  /** Resolves when so many events are acknowledged, or the process has ended. */
  readonly reached: (count: number) => Promise<void>;
  /** Resolves when the store is open, or the process has ended. */
  readonly opened: Promise<void>;
  readonly kill: () => Promise<void>;
  readonly ended: Promise<number | null>;
};

/** Starts `appending-process` from the build; `npm test` builds first. */
export const startAppending = (args: readonly string[], env: Readonly<Record<string, string>> = {}): AppendingProcess => {
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const acknowledged: string[] = [];
  let complaints = '';
  let isOpen = false;
  let changed = (): void => undefined;
  child.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const ended = once(child, 'close').then(([code]: unknown[]) => (typeof code === 'number' ? code : null));
  if (child.stdout)
    createInterface(child.stdout).on('line', (line) => {
      if (line === 'open') isOpen = true;
      else acknowledged.push(line);
      changed();
    });
  let isOver = false;
  void ended.then(() => {
    isOver = true;
    changed();
  });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds() && !isOver) await new Promise<void>((resolve) => (changed = resolve));
  };
  return {
    acknowledged,
    complaints: () => complaints,
    reached: (count) => until(() => acknowledged.length >= count),
    opened: until(() => isOpen),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    ended,
  };
};
