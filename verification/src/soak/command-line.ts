import { Command, InvalidArgumentError } from 'commander';

export type SoakWords = {
  readonly minutes: number;
  readonly cluster: boolean;
  readonly seed: number;
  readonly customers: number;
  readonly folder: string | undefined;
};

const least = (bound: number, whole: boolean) => (text: string) => {
  const value = Number(text);
  if (!(value >= bound) || (whole && !Number.isInteger(value)))
    throw new InvalidArgumentError(`must be ${whole ? 'a whole number' : 'a number'} from ${bound}.`);
  return value;
};

/** @throws CommanderError, with its message printed, for a command line that is none */
export const readCommandLine = (
  words: readonly string[],
  newSeed: () => number,
  write: (text: string) => void = (text) => void process.stderr.write(text),
): SoakWords => {
  const {
    seed = newSeed(),
    folder,
    ...given
  } = new Command('npm run soak --')
    .description('Buys from a shop whose process is killed, frozen and stopped all the while, then proves that nothing was lost.')
    .option('--minutes <number>', 'how long', least(0.1, false), 1)
    .option('--cluster', 'on the processes of npm run cluster instead of one shop', false)
    .option('--seed <number>', 'what customers and faults are drawn from (a new one)', least(0, true))
    .option('--customers <number>', 'customers at once; at most 8 keep every history searchable', least(1, true), 8)
    .option('--folder <path>', 'where data and history go, and stay (a temporary folder)')
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write })
    .parse([...words], { from: 'user' })
    .opts<Omit<SoakWords, 'seed'> & { readonly seed?: number }>();
  return { ...given, seed, folder };
};
