import type { AllStreamResolvedEvent } from '@eventstore/db-client';
import { EventStoreUnavailableError, type RecordedEvent } from '../event-store.js';
import type { Position } from '../position.js';
import { unavailable } from './call-failure.js';
import { shopEvents, shopPrefixes } from './recorded.js';
import { toLogPosition } from './reading.js';
import type { StoreTools } from './store-tools.js';

export type Subscribe = (after: Position, signal: AbortSignal) => AsyncGenerator<readonly RecordedEvent[], void, undefined>;

const mostBuffered = 2_000; // events; the client waits for who is slower
const buffered = { highWaterMark: 256 };
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * A subscription of its own to all streams of the shop, in pages of what has come. It may stay on a follower. However it ends, unless
 * `signal` ended it, it was dropped: also where the server ended it without an error.
 */
export const subscription = ({
  esdb,
  calls,
  credentials,
  logger,
}: Pick<StoreTools, 'esdb' | 'calls' | 'credentials' | 'logger'>): Subscribe =>
  async function* (after, signal) {
    const session = await calls.session();
    if (signal.aborted) return;
    const filter = esdb.streamNameFilter({ prefixes: [...shopPrefixes] });
    const stream = session.client.subscribeToAll({ fromPosition: toLogPosition(after), filter, credentials }, buffered);
    let arrived: AllStreamResolvedEvent[] = [];
    let dropped: Error | undefined;
    let wake = (): void => undefined;
    const drop = (error: Error) => {
      dropped ??= error;
      wake();
    };
    const stop = () => wake();
    stream.on('data', (event) => {
      if (arrived.push(event) >= mostBuffered) stream.pause();
      wake();
    });
    stream.on('error', drop); // stays: an error that comes after all would end the process
    stream.on('end', () => drop(new EventStoreUnavailableError('EventStoreDB ended the subscription')));
    stream.on('close', () => drop(new EventStoreUnavailableError('the subscription was closed')));
    signal.addEventListener('abort', stop, { once: true });
    try {
      let last = after;
      while (!signal.aborted) {
        if (arrived.length === 0) {
          if (dropped) throw dropped;
          await new Promise<void>((resolve) => (wake = resolve));
          await nextTurn(); // what comes in one go makes one page
          continue;
        }
        const page = shopEvents(arrived, logger).filter(({ position }) => position > last); // a server may deliver again
        arrived = [];
        if (stream.isPaused()) stream.resume();
        last = page.at(-1)?.position ?? last;
        if (page.length > 0) yield page;
      }
    } catch (error) {
      calls.failed(session, error);
      throw unavailable(error, '$all');
    } finally {
      signal.removeEventListener('abort', stop);
      void stream.unsubscribe().catch(() => undefined); // rejects where the client never connected
    }
  };
