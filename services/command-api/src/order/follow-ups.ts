import type { Logger } from 'pino';

/** Work that goes on after the answer. Nobody waits for it, so its failures are reported here; recovery makes up for them. */
export type FollowUps = {
  /** The promise is there for those who want to know when it has ended; it never rejects. */
  readonly run: (what: string, work: () => Promise<unknown>) => Promise<void>;
  /** Resolves when nothing is running any more, what was begun meanwhile included. */
  readonly idle: () => Promise<void>;
};

export const followUps = (logger: Pick<Logger, 'warn'>): FollowUps => {
  const running = new Set<Promise<void>>();
  return {
    run: (what, work) => {
      const task = work().then(
        () => undefined,
        (err: unknown) => logger.warn({ err }, `${what} failed; recovery will do it`),
      );
      running.add(task);
      void task.then(() => running.delete(task));
      return task;
    },
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
};
