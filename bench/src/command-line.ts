import { Command, InvalidArgumentError } from 'commander';

export type Options = {
  readonly names: readonly string[];
  readonly quick: boolean;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly connections: number;
  readonly seed: number;
  readonly folder: string | undefined;
  readonly profiles: string | undefined;
  readonly record: boolean;
};

const least = (bound: number, whole: boolean) => (text: string) => {
  const value = Number(text);
  if (!(value >= bound) || (whole && !Number.isInteger(value)))
    throw new InvalidArgumentError(`must be ${whole ? 'a whole number' : 'a number'} from ${bound}.`);
  return value;
};

/** What a run is unless said otherwise. */
const usual = { rounds: 5, seconds: 5, warmUp: 1 } as const;
const short = { rounds: 2, seconds: 2, warmUp: 0.5 } as const;

/** @throws CommanderError, with its message printed, for a command line that is none */
export const readCommandLine = (
  words: readonly string[],
  known: readonly string[],
  write: (text: string) => void = (text) => void process.stderr.write(text),
): Options => {
  const command = new Command('npm run bench --')
    .description('Measures the shop against simpler servers, in interleaved rounds, and audits it after each.')
    .argument('[names...]', `which measures (default: all): ${known.join(', ')}`)
    .option('--quick', `${short.rounds} rounds of ${short.seconds} s: an impression, marked as such`, false)
    .option('--rounds <number>', `rounds (${usual.rounds})`, least(1, true))
    .option('--seconds <number>', `measured seconds of a round (${usual.seconds})`, least(0.5, false))
    .option('--warm-up <number>', `seconds of load before those (${usual.warmUp})`, least(0, false))
    .option('--connections <number>', 'kept-alive connections of the load', least(1, true), 64)
    .option('--seed <number>', 'what the orders are drawn from', least(0, true), 20_260_105)
    .option('--folder <path>', 'where data goes meanwhile: on a real disk (the system’s folder for temporary files)')
    .option('--profiles <path>', 'writes a .cpuprofile of every shop there; the rates are then too low')
    .option('--record', 'writes the results to docs/benchmarks.md, unless the run is void', false)
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write })
    .parse([...words], { from: 'user' });
  const given = command.opts<Partial<Options> & Pick<Options, 'quick' | 'connections' | 'seed' | 'record'>>();
  const unknown = command.args.filter((name) => !known.includes(name.toUpperCase()));
  if (unknown.length > 0) command.error(`error: there is no measure ${unknown.join(', ')}; there are ${known.join(', ')}`);
  const { folder, profiles, ...rest } = given;
  return { ...(given.quick ? short : usual), ...rest, folder, profiles, names: command.args.map((name) => name.toUpperCase()) };
};
