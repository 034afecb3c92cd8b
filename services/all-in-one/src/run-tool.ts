import { CommandLineEnd } from './command-line.js';

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Ends the process with what a command-line tool comes to; an operator sees a message, never a stack. */
export const runTool = async (tool: () => Promise<number>): Promise<void> => {
  try {
    process.exitCode = await tool();
  } catch (error) {
    if (error instanceof CommandLineEnd) {
      (error.exitCode === 0 ? process.stdout : process.stderr).write(error.text);
      process.exitCode = error.exitCode;
      return;
    }
    process.stderr.write(`${message(error)}\n`);
    process.exitCode = 1;
  }
};
