import { backOff, type Clock, type Random } from '@shop/clock';
import { collectionOf, type Generation, type ReadStore } from '@shop/read-store';
import type { Projection } from '../projection.js';
import type { Settings } from '../settings.js';
import {
  changesOf,
  fold,
  selection,
  type IsHeld,
  type ModelDocument,
  type Obstacle,
  type Obstacles,
  type Step,
  type WorkingDocuments,
} from './fold.js';
import { toLogEvent, type LogEvent, type ParseEvent } from './log-event.js';

export type BatchDependencies = {
  readonly projection: Projection;
  readonly generation: Generation;
  readonly readStore: ReadStore;
  readonly parse: ParseEvent;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Settings;
};

export type BatchRequest = {
  readonly events: readonly LogEvent[];
  readonly skipped: ReadonlySet<string>;
  readonly isHeld: IsHeld;
  /** Tries of an event that cannot be applied, before it counts as an obstacle. */
  readonly tries: number;
  readonly signal: AbortSignal;
};

/** All events are in the documents, but for those of held streams and from the obstacles on. */
export type BatchResult = { readonly obstacles: Obstacles; readonly wrote: boolean };

/** Other writers were faster again and again; nothing is lost, the batch starts over from the checkpoint. */
export class BatchContendedError extends Error {
  override readonly name = 'BatchContendedError';
}

const contentionWait = { firstMs: 5, mostMs: 200 } as const;

export const earliest = (obstacles: Obstacles): Obstacle | undefined =>
  [...obstacles.values()].reduce<Obstacle | undefined>((first, one) => (first && first.position < one.position ? first : one), undefined);

/** The documents that steps change, as far as they are not known yet. */
export const loadDocuments = async (
  readStore: ReadStore,
  collection: string,
  steps: readonly Step[],
  known?: WorkingDocuments,
): Promise<WorkingDocuments> => {
  const documents: WorkingDocuments = new Map();
  for (const { ids } of steps)
    for (const id of ids) if (!known?.has(id) && !documents.has(id)) documents.set(id, { from: null, guard: null, document: undefined });
  if (documents.size === 0) return documents;
  for (const [id, { guard, document }] of await readStore.load<ModelDocument>(collection, [...documents.keys()])) {
    const working = documents.get(id);
    if (!working) continue;
    working.from = guard;
    working.guard = guard;
    working.document = document;
  }
  return documents;
};

/**
 * Brings a page of events into the documents of a generation: one load, one fold, one bulk write that replaces only the very
 * versions it was folded from. Where a version had moved, all is loaded and folded again: what another writer did by then is
 * in the documents' guards and falls out. So a repeat, a second projector or one that was paused writes the same bytes or nothing.
 */
export const applyBatch = async (dependencies: BatchDependencies, request: BatchRequest): Promise<BatchResult> => {
  const { projection, generation, readStore, parse, clock, random, settings } = dependencies;
  const { skipped, isHeld, signal } = request;
  const collection = collectionOf(generation);
  const { steps: select } = selection(projection, skipped);
  let events = request.events;
  let stoppedBy: Obstacles | undefined;

  const foldOnce = async (obstacles: Obstacles) => {
    const steps = select(events, isHeld, obstacles);
    const documents = await loadDocuments(readStore, collection, steps);
    fold(projection, steps, documents, obstacles);
    return changesOf(documents);
  };

  let wrote = false;
  for (let tries = 1, rounds = 0; rounds < settings.writeRounds;) {
    const obstacles: Obstacles = new Map();
    const writes = await foldOnce(obstacles);
    if (obstacles.size > 0 && tries < request.tries) {
      await clock.sleep(backOff(random, tries, settings.retry), signal);
      tries += 1;
      events = events.map((entry) => (entry.error ? toLogEvent(parse, entry.recorded) : entry));
      continue;
    }
    const first = earliest(obstacles);
    if (first && projection.mixesStreams) {
      // Its documents hold events of many streams: going on beside one of them would leave documents that are no fold of any prefix.
      stoppedBy = new Map([[first.stream, first]]);
      events = events.filter(({ recorded }) => recorded.position < first.position);
      continue;
    }
    if (writes.length === 0) return { obstacles: stoppedBy ?? obstacles, wrote };
    wrote = true;
    if ((await readStore.write(collection, writes)) === writes.length) return { obstacles: stoppedBy ?? obstacles, wrote };
    rounds += 1;
    await clock.sleep(backOff(random, rounds, contentionWait), signal);
  }
  throw new BatchContendedError(`${collection}: ${settings.writeRounds} rounds were not enough`);
};
