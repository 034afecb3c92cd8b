import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

export type Options = {
  /** Only say what can be asked for. */
  readonly help: boolean;
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

export const usage = `Usage: npm run sim -- [options]

Plays the shop's own code in simulated worlds, one for each seed, in which processes die, clocks are wrong and every call may fail; then judges
all that was answered and written. Exits 0 where every seed is well, 1 where one is not.

Options:
  --seeds <number>    how many worlds (default: 20000)
  --from <number>     the first of their seeds (default: 1)
  --seconds <number>  begin no further seeds after so long, and say how many were played
  --workers <number>  processes that play, each on a core (default: all cores)
  --planted           plant bugs, one after the other: each must be caught
  --only <text>       of these only an area (writes, orders, reads, feed), or names that hold a text
  -h, --help          show this list

Examples:
  npm run sim -- --seeds 1000000 --workers 2       as many worlds as there is time for
  npm run sim -- --seeds 20000 --seconds 60        no longer than a minute
  npm run sim -- --planted --only feed             whether bugs of the feed would be seen
  SIM_SEED=7 npm run sim                           one world: its last choices, and the smallest that fails like it`;

const refusal = (why: string): Error => new Error(`${why}\n\n${usage}`);

const valuesIn = (words: readonly string[]) => {
  try {
    return parseArgs({
      args: [...words],
      options: {
        seeds: { type: 'string', default: '20000' },
        from: { type: 'string', default: '1' },
        seconds: { type: 'string', default: 'Infinity' },
        workers: { type: 'string', default: `${availableParallelism()}` },
        planted: { type: 'boolean', default: false },
        only: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw refusal(error instanceof Error ? error.message : String(error));
  }
};

/** @throws Error naming what is wrong */
export const readCommandLine = (words: readonly string[], environment: Readonly<Record<string, string | undefined>>): Options => {
  const { help, planted, only, ...numbers } = valuesIn(words);
  const number = (name: string, text: string, least: number): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least)) throw refusal(`${name} must be a number from ${least}`);
    return value;
  };
  const seed = environment['SIM_SEED'];
  return {
    help,
    seeds: number('--seeds', numbers.seeds, 1),
    from: number('--from', numbers.from, 0),
    seconds: number('--seconds', numbers.seconds, 1),
    workers: number('--workers', numbers.workers, 1),
    planted,
    only,
    replay: seed === undefined ? undefined : number('SIM_SEED', seed, 0),
  };
};
