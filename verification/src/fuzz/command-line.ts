import { Command, InvalidArgumentError } from 'commander';

export type FuzzWords = { readonly requests: number; readonly seed: number; readonly connections: number; readonly answers: boolean };

const wholeFrom = (bound: number) => (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < bound) throw new InvalidArgumentError(`must be a whole number from ${bound}.`);
  return value;
};

/** @throws CommanderError, with its message printed, for a command line that is none */
export const readCommandLine = (
  words: readonly string[],
  newSeed: () => number,
  write: (text: string) => void = (text) => void process.stderr.write(text),
): FuzzWords => {
  const { seed = newSeed(), ...given } = new Command('npm run fuzz --')
    .description('Sends a shop requests drawn from its contract, valid ones and ones with a single change, and judges every answer.')
    .option('--requests <number>', 'how many', wholeFrom(1), 10_000)
    .option('--seed <number>', 'what they are drawn from (a new one)', wholeFrom(0))
    .option('--connections <number>', 'requests at once; with 1 the same seed sends the same again', wholeFrom(1), 16)
    .option('--answers', 'print how often each route answered each status', false)
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write })
    .parse([...words], { from: 'user' })
    .opts<Omit<FuzzWords, 'seed'> & { readonly seed?: number }>();
  return { ...given, seed };
};
