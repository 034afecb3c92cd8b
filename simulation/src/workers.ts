import { fork, type ChildProcess } from 'node:child_process';
import { z } from 'zod';
import type { SeedsPlayed } from './play-seeds.js';
import { runTally } from './tally.js';

const answer = z.object({ tally: runTally, failures: z.array(z.object({ seed: z.int(), findings: z.array(z.string()) })) });

export type Job = { readonly seeds: readonly number[]; readonly untilFailure: boolean };

export type Worker = {
  /** One job at a time. @throws where the process ends instead of answering */
  readonly play: (job: Job) => Promise<SeedsPlayed>;
  readonly end: () => void;
};

/** Room for the garbage of a whole world, which is collected when it has ended; on the worker's own core, as every core has a worker. */
const forManyWorlds = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128', '--single-threaded-gc'];

/** A process of its own: seeds know nothing of each other, and a second core plays as many again. */
export const startWorker = ({
  execArgv = [],
  environment = {},
}: { readonly execArgv?: readonly string[]; readonly environment?: Readonly<Record<string, string>> } = {}): Worker => {
  const child: ChildProcess = fork(new URL('worker.js', import.meta.url), {
    execArgv: [...forManyWorlds, ...execArgv],
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (text) => {
    said += String(text);
  });
  return {
    play: (job) =>
      new Promise((resolve, reject) => {
        const ended = (code: number | null, signal: string | null) => reject(new Error(`a worker has ended by ${signal ?? code}: ${said}`));
        child.once('exit', ended);
        child.once('message', (message) => {
          child.off('exit', ended);
          resolve(answer.parse(message));
        });
        child.send(job);
      }),
    end: () => {
      child.removeAllListeners('exit');
      child.kill();
    },
  };
};

/** Runs jobs on so many workers, as they become free, until there are no more or `enough` says so. */
export const onWorkers = async (count: number, jobs: Iterator<Job>, took: (played: SeedsPlayed) => void): Promise<void> => {
  const work = async (): Promise<void> => {
    const worker = startWorker();
    try {
      for (let next = jobs.next(); !next.done; next = jobs.next()) took(await worker.play(next.value));
    } finally {
      worker.end();
    }
  };
  await Promise.all(Array.from({ length: count }, work));
};
