import { Command, CommanderError, InvalidArgumentError } from 'commander';

/** What `npm start --` was asked for. Undefined: the setting of the environment, else the default. */
export type StartOptions = {
  readonly port?: number;
  readonly data?: string;
  readonly fresh: boolean;
  readonly seed: boolean;
};

/** The command line is not one to start from: print `text` and exit with `exitCode`. */
export class CommandLineEnd extends Error {
  override readonly name = 'CommandLineEnd';
  readonly exitCode: number;
  readonly text: string;
  constructor(exitCode: number, text: string) {
    super(text);
    this.exitCode = exitCode;
    this.text = text;
  }
}

/** A port as people write it. @throws InvalidArgumentError */
export const portNumber = (text: string): number => {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number > 65_535)
    throw new InvalidArgumentError('a port is a whole number from 0 to 65535 (0: any free one).');
  return number;
};

/** A command that neither prints nor exits by itself, and answers anything it cannot take with the list of what it can. */
export const quietCommand = (name: string, description: string, write: (text: string) => void): Command =>
  new Command(name)
    .description(description)
    .helpOption('--help', 'show this list')
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write });

/** Runs a parse of such a command; its help and its errors become a `CommandLineEnd`. */
export const parsed = <Result>(read: (write: (text: string) => void) => Result): Result => {
  let text = '';
  try {
    return read((part) => (text += part));
  } catch (error) {
    if (error instanceof CommanderError) throw new CommandLineEnd(error.exitCode, text);
    throw error;
  }
};

/** @param words what follows `npm start --` */
export const startOptions = (words: readonly string[]): StartOptions =>
  parsed((write) => {
    const { fresh = false, ...options } = quietCommand(
      'npm start --',
      'Runs the whole shop in this process, on stores in one data folder.',
      write,
    )
      .option('--port <number>', 'port to listen on (default 3000, or PORT)', portNumber)
      .option('--data <folder>', 'data folder (default ./data, or DATA_DIR)')
      .option('--fresh', 'start over: first delete what the shop wrote in the data folder')
      .option('--no-seed', 'do not register the sample catalogue in an empty shop')
      .parse([...words], { from: 'user' })
      .opts<Omit<StartOptions, 'fresh'> & { readonly fresh?: boolean }>();
    return { ...options, fresh };
  });
