import type { AllStreamResolvedEvent, ResolvedEvent } from '@eventstore/db-client';
import type { RecordedEvent } from '../event-store.js';
import { toPosition } from '../position.js';
import type { Logger } from './client.js';

/** Streams of the shop. All else in the log (system events, metadata, snapshots, leases) is passed over. */
export const shopPrefixes = ['product-', 'wallet-', 'cart-'] as const;
export const isShopStream = (stream: string): boolean => shopPrefixes.some((prefix) => stream.startsWith(prefix));

/** What the server itself writes under a stream's own name: a tombstone. */
const isSystemType = (type: string): boolean => type.startsWith('$');

type Resolved = ResolvedEvent | AllStreamResolvedEvent;

/** An event of the shop, undefined for anything else. */
export const toRecorded = ({ event }: Resolved): RecordedEvent | undefined => {
  if (!event || !isShopStream(event.streamId) || isSystemType(event.type)) return undefined;
  const { streamId: stream, revision, position, id, type, data, metadata } = event;
  if (!position) throw new Error('EventStoreDB gave an event without its position: it must be 22.10 or later');
  return { stream, revision: Number(revision), position: toPosition(position.commit), id, type, data, metadata };
};

/** Somebody deleted a stream of the shop for good: no reader can be right any more. */
export const alarmOnTombstone = ({ event }: Resolved, logger: Logger): void => {
  if (!event || !isSystemType(event.type) || !isShopStream(event.streamId)) return;
  logger.error({ alarm: 'tombstone', stream: event.streamId }, 'a stream of the shop was deleted in EventStoreDB');
};

/** The shop's events among what was read, with an alarm for what may never be there. */
export const shopEvents = (read: readonly Resolved[], logger: Logger): readonly RecordedEvent[] => {
  const events: RecordedEvent[] = [];
  for (const resolved of read) {
    const event = toRecorded(resolved);
    if (event) events.push(event);
    else alarmOnTombstone(resolved, logger);
  }
  return events;
};
