import type { RecordedEvent } from '../event-store.js';
import type { Position } from '../position.js';

const mostRecent = 4_096; // events kept for who is a little behind
const pageEvents = 1_000;

/** The newest events of the log, in memory, shared by all who follow it. */
export const liveTail = (start: Position) => {
  const recent: RecordedEvent[] = [];
  let from = start;
  let last = start;
  const watchers = new Set<() => void>();
  const wake = () => {
    for (const watcher of [...watchers]) watcher();
  };
  const indexAfter = (position: Position): number => {
    let [low, high] = [0, recent.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((recent[middle]?.position ?? '') <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    last: () => last,
    add: (page: readonly RecordedEvent[]) => {
      recent.push(...page);
      last = page.at(-1)?.position ?? last;
      if (recent.length > 2 * mostRecent) {
        const dropped = recent.splice(0, recent.length - mostRecent);
        from = dropped.at(-1)?.position ?? from;
      }
      wake();
    },
    /** The events after a position, undefined where they are no longer (or not yet) here. */
    after: (position: Position): readonly RecordedEvent[] | undefined => {
      if (position < from) return undefined;
      const index = indexAfter(position);
      return recent.slice(index, index + pageEvents);
    },
    wake,
    next: (signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const end = () => {
          watchers.delete(end);
          signal.removeEventListener('abort', end);
          resolve();
        };
        if (signal.aborted) return resolve();
        watchers.add(end);
        signal.addEventListener('abort', end, { once: true });
      }),
  };
};
export type LiveTail = ReturnType<typeof liveTail>;
