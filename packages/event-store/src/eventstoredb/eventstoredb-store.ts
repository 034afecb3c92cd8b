import type { ResolvedEvent } from '@eventstore/db-client';
import { EventStoreUnavailableError, type EventStore, type RecordedEvent, type Revision } from '../event-store.js';
import { toPosition, type Position } from '../position.js';
import { appending, maxAppendBytes } from './appending.js';
import { failureType, unavailable } from './call-failure.js';
import type { Session } from './client.js';
import { freshReads } from './fresh-reads.js';
import { headReader, headScan } from './head.js';
import { leaseKeeper } from './lease-keeper.js';
import { liveLog } from './live-log.js';
import { isShopStream, shopEvents } from './recorded.js';
import type { StoreTools } from './store-tools.js';
import { snapshots } from './snapshots.js';
import { subscription } from './subscription.js';

export type EventStoreDBStore = EventStore & {
  /**
   * Tries what the shop needs to be allowed: reading `$all` and appending.
   * @throws MissingRightError, EventStoreUnavailableError where the server does not answer
   */
  readonly checkRights: () => Promise<void>;
};

/** The user that the connection string names may not do what the shop needs. */
export class MissingRightError extends Error {
  override readonly name = 'MissingRightError';
}
const deniedRight = (error: unknown): MissingRightError | undefined =>
  error instanceof EventStoreUnavailableError && failureType(error.cause) === 'access-denied'
    ? new MissingRightError(error.message)
    : undefined;

const pageEvents = 500;

/** The event store of the shop on EventStoreDB, put together from its parts. */
export const eventStoreDBStore = (tools: StoreTools): EventStoreDBStore => {
  const { calls, read, times, clock, logger } = tools;
  const scan = headScan(tools);
  const keeper = leaseKeeper(tools, scan.scanned);
  const fresh = freshReads(tools, keeper);
  const readHead = headReader(tools, fresh, scan);
  const states = snapshots(tools);

  const lastPosition = async (): Promise<Position> => {
    try {
      const [last] = await calls.call(times.head, (session, signal) => read.allBackwards(session, signal, { before: 'end', count: 1 }));
      return await scan.from(last);
    } catch (error) {
      throw unavailable(error, '$all');
    }
  };
  const live = liveLog({
    subscribe: subscription(tools),
    lastPosition,
    clock,
    silenceMs: times.silence,
    onSilence: (error) =>
      void calls
        .session()
        .then((session) => calls.failed(session, error))
        .catch(() => undefined),
  });
  const { append, checkConflict } = appending(tools, { reached: live.reached });

  const readFresh = async (stream: string, page: (session: Session, signal: AbortSignal) => Promise<ResolvedEvent[]>) => {
    try {
      return shopEvents(await fresh.read(times.read, 'read', page), logger);
    } catch (error) {
      if (failureType(error) === 'stream-not-found') return [];
      if (failureType(error) !== 'stream-deleted') throw unavailable(error, 'read');
      logger.error({ alarm: 'tombstone', stream }, 'a stream of the shop was deleted in EventStoreDB');
      throw new Error(`${stream} was deleted in EventStoreDB`, { cause: error });
    }
  };
  const streamPage = (stream: string, from: Revision): Promise<readonly RecordedEvent[]> =>
    readFresh(stream, (session, signal) => read.stream(session, signal, { stream, from, count: pageEvents }));
  /** A stream that was cut off in front would be folded into a wrong state. */
  const checkNoGap = (stream: string, page: readonly RecordedEvent[], from: Revision): void => {
    if (page.length === 0 || page[0]?.revision === from) return;
    logger.error({ alarm: 'truncated', stream, revision: from }, 'a stream of the shop was truncated in EventStoreDB');
    throw new Error(`${stream} has no revision ${from}, though it goes on after it`);
  };

  const head = async (): Promise<Position> => {
    const position = await readHead();
    live.reached(position);
    return position;
  };

  return {
    maxAppendBytes,
    append: async (stream, expectedRevision, events) => {
      if (!isShopStream(stream)) throw new TypeError(`${JSON.stringify(stream)} is no stream of the shop`);
      return append(stream, expectedRevision, events);
    },
    readStream: async function* (stream, fromRevision) {
      for (let next = fromRevision; ;) {
        const page = await streamPage(stream, next);
        checkNoGap(stream, page, next);
        checkConflict(stream, page);
        if (page.length > 0) yield page;
        if (page.length < pageEvents) return;
        next += page.length;
      }
    },
    readStreamBackwards: async (stream, from, maxCount) =>
      maxCount < 1 || (from !== 'end' && from < 0)
        ? []
        : readFresh(stream, (session, signal) => read.streamBackwards(session, signal, { stream, from, count: maxCount })),
    readAll: async function* (after) {
      for (let last = after; ;) {
        const from = last;
        const found = await calls
          .call(times.read, (session, signal) => read.allFrom(session, signal, { from, count: pageEvents }))
          .catch((error: unknown) => {
            throw unavailable(error, '$all');
          });
        const page = shopEvents(found, logger).filter(({ position }) => position > from); // the server includes the one at the position
        if (page.length > 0) yield page;
        const end = found.at(-1)?.event?.position;
        if (!end || found.length < pageEvents) return;
        last = toPosition(end.commit);
      }
    },
    subscribe: (after, signal) => live.subscribe(after, signal),
    head,
    readSnapshot: states.read,
    writeSnapshot: states.write,
    checkRights: async () => {
      for (const prove of [lastPosition, keeper.take])
        try {
          await prove();
        } catch (error) {
          throw deniedRight(error) ?? error;
        }
    },
    close: async () => {
      live.close();
      await calls.close();
    },
  };
};
