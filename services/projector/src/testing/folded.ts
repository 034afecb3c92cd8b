import { toPosition } from '@shop/event-store';
import { cartStream, productStream, walletStream, type ShopEvent } from '@shop/events';
import type { ReadModelDocuments, ReadModelName } from '@shop/read-store';
import type { EventContext, Projection } from '../projection.js';

const streamOf = (event: ShopEvent): string => {
  if ('productId' in event.data && !event.type.startsWith('Cart')) return productStream(event.data.productId);
  const userId = 'userId' in event.data ? event.data.userId : '';
  return event.type.startsWith('Cart') ? cartStream(userId) : walletStream(userId);
};

/** A log of these events: each gets its stream, its revision there, and a position. */
export const logOf = (
  events: readonly ShopEvent[],
): readonly { readonly event: ShopEvent; readonly context: EventContext & { readonly eventId: string } }[] => {
  const revisions = new Map<string, number>();
  return events.map((event, index) => {
    const stream = streamOf(event);
    const revision = (revisions.get(stream) ?? -1) + 1;
    revisions.set(stream, revision);
    return { event, context: { stream, revision, position: toPosition(index + 1), eventId: `event-${index + 1}` } };
  });
};

/** The documents of a projection after a log, by id. */
export const folded = <Name extends ReadModelName>(
  projection: Projection<Name>,
  events: readonly ShopEvent[],
): ReadonlyMap<string, ReadModelDocuments[Name]> => {
  const documents = new Map<string, ReadModelDocuments[Name]>();
  const handles = new Set<string>(projection.handles);
  for (const { event, context } of logOf(events)) {
    if (!handles.has(event.type)) continue;
    for (const id of projection.documentIds(event, context)) documents.set(id, projection.evolve(documents.get(id), event, context, id));
  }
  return documents;
};
