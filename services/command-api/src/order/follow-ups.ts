import type { Logger } from 'pino';

/** Work that goes on after the answer. Nobody waits for it, so its failures are reported here; recovery makes up for them. */
export type FollowUps = {
  /** The promise is there for those who want to know when it has ended; it never rejects. */
  readonly run: (what: string, work: () => Promise<unknown>) => Promise<void>;
  /** Resolves when nothing is running any more, what was begun meanwhile included. */
  readonly idle: () => Promise<void>;
};

export const followUps = (logger: Pick<Logger, 'warn'>): FollowUps => {
  let running = 0;
  let whenIdle: (() => void)[] = [];
  const ended = (): void => {
    running -= 1;
    if (running > 0) return;
    for (const wake of whenIdle) wake();
    whenIdle = [];
  };
  return {
    run: async (what, work) => {
      running += 1;
      try {
        await work();
      } catch (err) {
        logger.warn({ err }, `${what} failed; recovery will do it`);
      } finally {
        ended();
      }
    },
    idle: async () => {
      while (running > 0) await new Promise<void>((resolve) => whenIdle.push(resolve));
    },
  };
};
