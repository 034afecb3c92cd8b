import { randomUUID } from 'node:crypto';
import { systemClock } from '@shop/clock';
import type { EventStore, NewEvent, RecordedEvent } from '@shop/event-store';
import { openEventStoreDB, type EventStoreDBOptions, type EventStoreDBStore } from '@shop/event-store/eventstoredb';

/** Short enough for tests in which a server is silent, long enough for a busy machine. */
export const times = { append: 500, read: 500, head: 400, fresh: 1_000, silence: 300 };
export const leaseMs = 60;

export type OpenedAdapter = EventStoreDBStore & { readonly alarms: () => readonly unknown[]; readonly warnings: () => readonly string[] };

export const openAdapter = async (url: string, options: Partial<EventStoreDBOptions> = {}): Promise<OpenedAdapter> => {
  const alarms: unknown[] = [];
  const warnings: string[] = [];
  const store = await openEventStoreDB({
    url,
    clock: systemClock,
    random: Math.random,
    newId: randomUUID,
    leaseMs,
    times,
    logger: { warn: (_, message) => warnings.push(message), error: (fields) => alarms.push('alarm' in fields ? fields.alarm : fields) },
    ...options,
  });
  return { ...store, alarms: () => alarms, warnings: () => warnings };
};

export const noted = (note: string): NewEvent => ({
  id: randomUUID(),
  type: 'Noted',
  data: { note },
  metadata: { version: 1, correlationId: 'request-1', causationId: 'command-1' },
});
const noteOf = ({ data }: RecordedEvent): unknown => (typeof data === 'object' && data !== null && 'note' in data ? data.note : undefined);

export const notesIn = async (store: EventStore, stream: string, from = 0): Promise<unknown[]> => {
  const notes: unknown[] = [];
  for await (const page of store.readStream(stream, from)) notes.push(...page.map(noteOf));
  return notes;
};

/** Follows the log until so many events have come; answers their notes. */
export const followed = async (store: EventStore, after: string, count: number): Promise<unknown[]> => {
  const notes: unknown[] = [];
  for await (const page of store.subscribe(after, new AbortController().signal)) {
    notes.push(...page.map(noteOf));
    if (notes.length >= count) break;
  }
  return notes;
};

/** The identical append until its outcome is known, as the shop does. */
export const insist = async (store: EventStore, stream: string, expected: number, events: readonly NewEvent[], tries = 20) => {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const result = await store.append(stream, expected, events);
    if (result.outcome !== 'unknown') return result;
    await systemClock.sleep(5);
  }
  throw new Error('its outcome stayed unknown');
};
