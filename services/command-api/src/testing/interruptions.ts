import type { Interruption } from './shop-process.js';

/** At the first command of a type, and never again. */
export const once = (type: string, run: Interruption): Interruption => {
  let done = false;
  return (recorded) => {
    if (done || recorded.command.type !== type) return;
    done = true;
    return run(recorded);
  };
};

/** A process that dies: what it was doing never goes on. */
export const dies = (): Promise<void> => new Promise(() => undefined);
