import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** As npm starts them. */
const programs = { main: 'bundle/main.js', rebuild: 'rebuild.js', parked: 'parked.js', audit: 'audit.js' } as const;
const program = (name: keyof typeof programs) => fileURLToPath(new URL(`../../dist/${programs[name]}`, import.meta.url));

export type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Collects what a child prints. */
const collect = (child: ChildProcess) => {
  const printed = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text));
  return printed;
};

/** Settings of the shell that runs the tests must not reach the shop under test. */
const environment = (more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  LOG_LEVEL: 'warn',
  ...more,
});

/** Runs a built program of the all-in-one to its end. */
export const runProgram = async (
  name: keyof typeof programs,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> => {
  const child = spawn(process.execPath, [program(name), ...words], { env: environment(env) });
  const printed = collect(child);
  await once(child, 'close');
  return { code: child.exitCode, ...printed };
};

export type ShopProcess = {
  readonly url: string;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** SIGKILL: no handler runs. */
  readonly kill: () => Promise<void>;
  /** SIGTERM; answers the exit code. */
  readonly stop: () => Promise<number | null>;
};

/** Starts the built shop as its users do, on a free port, and resolves when it says that it is open. */
export const startShop = async (
  folder: string,
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<ShopProcess> => {
  const child = spawn(process.execPath, [program('main'), '--port', '0', '--data', folder, ...words], { env: environment(env) });
  const printed = collect(child);
  const exited = once(child, 'close');
  const url = await new Promise<string>((resolve, reject) => {
    const look = () => {
      const found = /API\s+(http:\S+)\/products/.exec(printed.stdout)?.[1];
      if (found) resolve(found);
    };
    child.stdout.on('data', look);
    void exited.then(() => reject(new Error(`the shop ended before it was open: ${printed.stdout}${printed.stderr}`)));
  });
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    url,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
};
