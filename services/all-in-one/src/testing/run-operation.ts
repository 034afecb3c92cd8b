import { askRunningShop } from '../folder-door.js';

/** Asks the shop that runs on a folder, as the command-line tools do. */
export const runOperation = async (folder: string, operation: string, input: unknown): Promise<unknown> => {
  const asked = await askRunningShop(folder, operation, input, () => undefined);
  if (!asked.running) throw new Error(`no shop runs on ${folder}`);
  return asked.value;
};
