export type Sleeper = { readonly due: number; readonly wake: () => void };

export type Sleepers = {
  /** Resolves when woken, or at once when `signal` is or gets aborted. */
  readonly sleepUntil: (due: number, signal?: AbortSignal) => Promise<void>;
  /** Who is due first, and no later than `latest`; of several the one who fell asleep first. */
  readonly next: (latest?: number) => Sleeper | undefined;
};

/** Those who sleep by a clock that does not run by itself. */
export const sleepers = (): Sleepers => {
  const asleep = new Set<Sleeper>();
  return {
    sleepUntil: (due, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) {
          resolve();
          return;
        }
        const wake = () => {
          asleep.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper: Sleeper = { due, wake };
        asleep.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
      }),
    next: (latest = Infinity) => {
      let first: Sleeper | undefined;
      for (const sleeper of asleep) if (sleeper.due <= latest && (!first || sleeper.due < first.due)) first = sleeper;
      return first;
    },
  };
};
