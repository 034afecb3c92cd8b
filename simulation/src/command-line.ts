import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

export type Options = {
  readonly seeds: number;
  readonly from: number;
  /** After so many seconds no further seed is begun. */
  readonly seconds: number;
  readonly workers: number;
  readonly planted: boolean;
  /** An area of planted bugs, or a part of a name. */
  readonly only: string | undefined;
  /** The one seed to be replayed. */
  readonly replay: number | undefined;
};

export const usage = `npm run sim -- [--seeds 20000] [--from 1] [--seconds 60] [--workers 2]   many worlds, some of them twice
npm run sim -- --planted [--only feed]                                     every planted bug must be caught
SIM_SEED=7 npm run sim                                                     one world: its last choices, and the smallest that fails like it`;

/** @throws Error naming what is wrong */
export const readCommandLine = (words: readonly string[], environment: Readonly<Record<string, string | undefined>>): Options => {
  const { values } = parseArgs({
    args: [...words],
    options: {
      seeds: { type: 'string', default: '20000' },
      from: { type: 'string', default: '1' },
      seconds: { type: 'string', default: 'Infinity' },
      workers: { type: 'string', default: `${availableParallelism()}` },
      planted: { type: 'boolean', default: false },
      only: { type: 'string' },
    },
  });
  const number = (name: string, text: string, least: number): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least)) throw new Error(`${name} must be a number from ${least}\n\n${usage}`);
    return value;
  };
  const seed = environment['SIM_SEED'];
  return {
    seeds: number('--seeds', values.seeds, 1),
    from: number('--from', values.from, 0),
    seconds: number('--seconds', values.seconds, 1),
    workers: number('--workers', values.workers, 1),
    planted: values.planted,
    only: values.only,
    replay: seed === undefined ? undefined : number('SIM_SEED', seed, 0),
  };
};
