import { earlierOf, EventStoreUnavailableError, laterOf, type EventStore, type Position, type RecordedEvent } from '@shop/event-store';
import { parseStored, productEvent, productStream, UnknownEventError, type ProductEvent } from '@shop/events';
import { Problem, type Consistency, type Handler, type listStockMovements } from '@shop/http';
import { z } from 'zod';
import { degraded, justBefore, type ExactReads } from '../freshness/index.js';
import { historyPage } from '../histories/history-page.js';
import { movementsOf, type KeyedMovement, type MovementKey } from './stock-movements.js';

const key: z.ZodType<MovementKey> = z.tuple([z.int(), z.int()]);
const leastRead = 64;

/** Undefined where this release does not understand it. */
const understood = (stored: RecordedEvent): ProductEvent | undefined => {
  try {
    return productEvent.safeParse(parseStored(stored)).data;
  } catch (cause) {
    if (cause instanceof UnknownEventError) return undefined;
    throw cause;
  }
};

/** The log is read itself, and a read of it is as fresh as any answer can be: what is left of the request's wish is whether its token is one. */
const endOfLog = async (reads: ExactReads, consistency: Consistency): Promise<Position> => {
  const end = await reads.head();
  const token = 'token' in consistency ? consistency.token : undefined;
  if (token !== undefined && token > end) throw new Problem('CONSISTENCY_TOKEN_INVALID');
  return end;
};

/** What an answer is as of: everything read of the stream, but nothing from the first event on that was not understood. */
const answerOf = (end: Position, consistency: Consistency) => {
  let read = end;
  let known: Position | undefined;
  return {
    asOf: (): Position => (known === undefined ? read : earlierOf(read, known)),
    /** Everywhere else such an event parks its stream: the reads that it touches are the same here. */
    eventIn: (stored: RecordedEvent): ProductEvent | undefined => {
      const event = understood(stored);
      if (event) read = laterOf(read, stored.position);
      else if (consistency.level !== 'eventual') throw degraded('products');
      else known = justBefore(stored.position);
      return event;
    },
  };
};

/**
 * An operator's question, asked seldom, about what every sale would have to write: so the product's stream answers it, read backwards,
 * and no read model is kept.
 */
export const listStockMovementsQuery = (
  reads: ExactReads,
  eventStore: Pick<EventStore, 'readStreamBackwards'>,
): Handler<typeof listStockMovements> => {
  const older =
    (productId: string, eventIn: (stored: RecordedEvent) => ProductEvent | undefined) =>
    async (after: MovementKey | undefined, count: number): Promise<readonly KeyedMovement[]> => {
      const found: KeyedMovement[] = [];
      for (let from: number | 'end' = after?.[0] ?? 'end'; from === 'end' || from >= 0;) {
        const page: readonly RecordedEvent[] = await eventStore.readStreamBackwards(
          productStream(productId),
          from,
          Math.max(count, leastRead),
        );
        for (const stored of page) {
          const event = eventIn(stored);
          if (event) found.push(...movementsOf(event, stored.revision, after));
          if (found.length >= count) return found.slice(0, count);
        }
        from = (page.at(-1)?.revision ?? 0) - 1;
      }
      return found;
    };

  return async (request) => {
    const { productId } = request.params;
    const { cursor, limit } = request.query;
    const { eventIn, asOf } = answerOf(await endOfLog(reads, request.consistency), request.consistency);
    try {
      const { entries, nextCursor } = await historyPage({
        list: 'stock-movements',
        filter: [productId],
        cursor,
        limit,
        key,
        keyOf: (entry: KeyedMovement) => entry.key,
        older: older(productId, eventIn),
      });
      // A product begins with its registration, which is a movement: without any there is no such product.
      if (entries.length === 0 && cursor === undefined) throw new Problem('PRODUCT_NOT_FOUND', { productIds: [productId] });
      return { body: { items: entries.map(({ movement }) => movement), nextCursor }, asOf: asOf() };
    } catch (cause) {
      if (cause instanceof EventStoreUnavailableError) throw new Problem('EVENT_STORE_UNAVAILABLE', {}, { cause });
      throw cause;
    }
  };
};
