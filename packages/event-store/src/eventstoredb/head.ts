import type { AllStreamResolvedEvent } from '@eventstore/db-client';
import { beginning, laterOf, toPosition, type Position } from '../position.js';
import { unavailable } from './call-failure.js';
import type { FreshReads } from './fresh-reads.js';
import { scannedIn, type Scanned } from './lease-keeper.js';
import { isShopStream, toRecorded } from './recorded.js';
import type { StoreTools } from './store-tools.js';

const pageEvents = 64;

export type HeadTools = Pick<StoreTools, 'calls' | 'read' | 'times'>;

/**
 * Where the shop's last event stands. The end of the log is mostly one of the shop's; where it is not, the scan goes back to what was
 * looked through before, by this process or by the one whose lease event it meets first.
 */
export const headScan = ({ calls, read, times }: HeadTools) => {
  let known: Scanned | undefined;

  const remember = (scanned: Scanned): Position => {
    if (!known || scanned.top > known.top) known = scanned;
    return scanned.head;
  };

  /** The head as a page shows it; `floor` moves up to what a lease event tells. */
  const inPage = (page: readonly AllStreamResolvedEvent[], floor: Scanned): { head?: Position; floor: Scanned } => {
    let lowest = floor;
    for (const resolved of page) {
      const { event } = resolved;
      if (!event) continue;
      if (toPosition(event.position.commit) <= lowest.top) return { head: lowest.head, floor: lowest };
      const recorded = toRecorded(resolved);
      if (recorded) return { head: recorded.position, floor: lowest };
      const told = isShopStream(event.streamId) ? undefined : scannedIn(event);
      if (told && told.top > lowest.top) lowest = told;
    }
    return { floor: lowest };
  };

  /** Goes back from the last event of the log, which is not the shop's. */
  const scanBack = async (last: AllStreamResolvedEvent): Promise<Position> => {
    let { head, floor } = inPage([last], known ?? { top: beginning, head: beginning });
    for (let before = last.event?.position; head === undefined && before;) {
      const from = before;
      const page = await calls.call(times.head, (session, signal) =>
        read.allBackwards(session, signal, { before: from, count: pageEvents }),
      );
      ({ head, floor } = inPage(page, floor));
      before = page.length < pageEvents ? undefined : page.at(-1)?.event?.position;
    }
    return head ?? floor.head;
  };

  return {
    scanned: () => known,
    /** @param last the last event of the log, as it was just read; none where the log is empty */
    from: async (last: AllStreamResolvedEvent | undefined): Promise<Position> => {
      if (!last?.event) return beginning;
      const top = toPosition(last.event.position.commit);
      return remember({ top, head: await scanBack(last) });
    },
  };
};

/** One call at a time, and one for all who ask while it runs: theirs is sent after they asked. */
const shared = <Answer>(ask: () => Promise<Answer>): (() => Promise<Answer>) => {
  let running: Promise<unknown> | undefined;
  let next: Promise<Answer> | undefined;
  const start = (): Promise<Answer> => {
    next = undefined;
    const asking = ask();
    running = asking;
    const end = () => {
      if (running === asking) running = undefined;
    };
    asking.then(end, end);
    return asking;
  };
  return () => {
    if (!running) return start();
    return (next ??= running.then(start, start));
  };
};

export const headReader = (tools: HeadTools, fresh: FreshReads, scan: ReturnType<typeof headScan>): (() => Promise<Position>) => {
  const { read, times } = tools;
  let seen: Position = beginning;
  return shared(async () => {
    try {
      const [last] = await fresh.read(times.head, '$all', (session, signal) =>
        read.allBackwards(session, signal, { before: 'end', count: 1 }),
      );
      seen = laterOf(seen, await scan.from(last));
      return seen;
    } catch (error) {
      throw unavailable(error, '$all');
    }
  });
};
