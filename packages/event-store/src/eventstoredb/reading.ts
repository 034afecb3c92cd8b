import type { AllStreamResolvedEvent, Position as LogPosition, ResolvedEvent, StreamingRead } from '@eventstore/db-client';
import { beginning, fromPosition, type Position } from '../position.js';
import { NoAnswerError } from './call-failure.js';
import { cutShort, type Session } from './client.js';
import type { Credentials } from './store-tools.js';

export const toLogPosition = (position: Position): LogPosition | 'start' => {
  if (position === beginning) return 'start';
  const at = fromPosition(position);
  return { commit: at, prepare: at }; // equal for every event, and no other positions are ever kept
};

/** Everything a read answers. A read has no deadline of its own, and one that is cancelled ends as if it were complete. */
const collect = <Item>(stream: StreamingRead<Item>, session: Session, signal: AbortSignal): Promise<Item[]> =>
  new Promise((resolve, reject) => {
    const items: Item[] = [];
    stream.on('data', (item) => items.push(item));
    stream.on('error', reject); // stays: an error that comes after all would end the process
    stream.on('end', () => {
      const cut = cutShort(session);
      if (cut) reject(cut);
      else resolve(items);
    });
    stream.on('close', () => reject(new NoAnswerError('the read was closed before its end')));
    const breakOff = () => {
      stream.destroy(new NoAnswerError('the read was given up'));
      void stream.cancel().catch(() => undefined); // rejects where the client never connected
    };
    if (signal.aborted) breakOff();
    else signal.addEventListener('abort', breakOff, { once: true });
  });

export type ReadPage = ReturnType<typeof readPages>;

/** The reads that the adapter needs, each complete or failed. */
export const readPages = (credentials: Credentials) => ({
  stream: (
    session: Session,
    signal: AbortSignal,
    { stream, from, count }: { stream: string; from: number; count: number },
  ): Promise<ResolvedEvent[]> =>
    collect(
      session.client.readStream(stream, {
        fromRevision: BigInt(from),
        direction: 'forwards',
        maxCount: count,
        requiresLeader: true,
        credentials,
      }),
      session,
      signal,
    ),
  streamBackwards: (
    session: Session,
    signal: AbortSignal,
    { stream, from, count }: { stream: string; from: number | 'end'; count: number },
  ): Promise<ResolvedEvent[]> => {
    const fromRevision = from === 'end' ? from : BigInt(from);
    return collect(
      session.client.readStream(stream, { fromRevision, direction: 'backwards', maxCount: count, requiresLeader: true, credentials }),
      session,
      signal,
    );
  },
  /** Newest first, from any node. */
  newestOf: (session: Session, signal: AbortSignal, { stream, count }: { stream: string; count: number }): Promise<ResolvedEvent[]> =>
    collect(
      session.client.readStream(stream, { fromRevision: 'end', direction: 'backwards', maxCount: count, credentials }),
      session,
      signal,
    ),
  /** Includes the event at the position. */
  allFrom: (session: Session, signal: AbortSignal, { from, count }: { from: Position; count: number }): Promise<AllStreamResolvedEvent[]> =>
    collect(
      session.client.readAll({ fromPosition: toLogPosition(from), direction: 'forwards', maxCount: count, credentials }),
      session,
      signal,
    ),
  /** From the end, or from before a position. */
  allBackwards: (
    session: Session,
    signal: AbortSignal,
    { before, count }: { before: LogPosition | 'end'; count: number },
  ): Promise<AllStreamResolvedEvent[]> =>
    collect(
      session.client.readAll({ fromPosition: before, direction: 'backwards', maxCount: count, requiresLeader: true, credentials }),
      session,
      signal,
    ),
});
