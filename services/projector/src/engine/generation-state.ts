import { beginning, fromPosition, toPosition, type Position } from '@shop/event-store';
import {
  collectionOf,
  generationId,
  parkedId,
  readModelIndexes,
  stateCollections,
  type Checkpoint,
  type Condition,
  type Generation,
  type Guard,
  type ParkedStream,
  type ReadModelName,
  type ReadStore,
  type SkippedEvent,
  type Stored,
} from '@shop/read-store';

const { checkpoints, serving, parked, skipped } = stateCollections;

export const ensureStateCollections = async (readStore: ReadStore): Promise<void> => {
  await readStore.ensureCollection(checkpoints, []);
  await readStore.ensureCollection(serving, []);
  await readStore.ensureCollection(parked, [
    {
      name: 'by-generation',
      fields: (['projection', 'version', 'generation', 'position'] as const).map((field) => ({ field, direction: 'ascending' })),
    },
  ]);
  await readStore.ensureCollection(skipped, [{ name: 'by-projection', fields: [{ field: 'projection', direction: 'ascending' }] }]);
};

export const ensureGeneration = (readStore: ReadStore, name: ReadModelName, generation: Generation): Promise<void> =>
  readStore.ensureCollection(collectionOf(generation), readModelIndexes[name]);

export const loadCheckpoint = async (readStore: ReadStore, generation: Generation): Promise<Stored<Checkpoint> | undefined> =>
  (await readStore.load<Checkpoint>(checkpoints, [generationId(generation)])).get(generationId(generation));

/** The first checkpoint of a generation, before the first event; one that is there already stays. */
export const createCheckpoint = async (
  readStore: ReadStore,
  { projection, version, generation }: Generation,
): Promise<Stored<Checkpoint>> => {
  const document: Checkpoint = { projection, version, generation, state: 'building', eventsDone: 0, reason: null };
  const first: Stored<Checkpoint> = { id: generationId(document), guard: beginning, document };
  const made = await readStore.write<Checkpoint>(checkpoints, [{ ...first, from: null }]);
  return (made === 0 ? await loadCheckpoint(readStore, document) : undefined) ?? first;
};

/** False where the checkpoint is not the one that was seen: somebody else moved it. */
export const moveCheckpoint = async (readStore: ReadStore, from: Guard, to: Position, document: Checkpoint): Promise<boolean> =>
  (await readStore.write<Checkpoint>(checkpoints, [{ id: generationId(document), from, guard: to, document }])) === 1;

const ofGeneration = ({ projection, version, generation }: Generation): Condition[] => [
  { field: 'projection', is: '=', value: projection },
  { field: 'version', is: '=', value: version },
  { field: 'generation', is: '=', value: generation },
];

export type ParkedNotes = Map<string, Stored<ParkedStream>>;

/** Notes of a generation by stream. Read after the checkpoint, so that none is missed which had to stand before it moved. */
export const loadParked = async (readStore: ReadStore, generation: Generation): Promise<ParkedNotes> => {
  const notes: ParkedNotes = new Map();
  const byPosition = [{ field: 'position', direction: 'ascending' }] as const;
  for await (const note of readStore.scan<ParkedStream>(parked, { where: ofGeneration(generation), order: byPosition }))
    notes.set(note.document.stream, note);
  return notes;
};

/** Writes notes under the versions that they were made from; false where one was no longer there. */
export const writeParked = async (
  readStore: ReadStore,
  notes: readonly { readonly before: Stored<ParkedStream> | undefined; readonly note: ParkedStream }[],
): Promise<boolean> => {
  const writes = notes.map(({ before, note }) => ({
    id: parkedId(note, note.stream),
    from: before?.guard ?? null,
    guard: nextVersion(before, note),
    document: note,
  }));
  return writes.length === 0 || (await readStore.write<ParkedStream>(parked, writes)) === writes.length;
};

/**
 * Versions count up from the position of the first event that waited: a stream parked again later starts above every version
 * that an earlier note had, so that nobody who still holds the earlier one can write over it.
 */
const nextVersion = (before: Stored<ParkedStream> | undefined, note: ParkedStream): Guard =>
  before ? toPosition(fromPosition(before.guard) + 1n) : note.position;

export const removeParked = (readStore: ReadStore, { id, guard }: Stored<ParkedStream>): Promise<boolean> =>
  readStore.remove(parked, id, guard);

export const eventName = (stream: string, revision: number): string => `${stream}/${revision}`;

/** Names of the events that an operator took out of a projection. */
export const loadSkipped = async (readStore: ReadStore, projection: string): Promise<Set<string>> => {
  const names = new Set<string>();
  const where: Condition[] = [{ field: 'projection', is: '=', value: projection }];
  for await (const { document } of readStore.scan<SkippedEvent>(skipped, { where, order: [] }))
    names.add(eventName(document.stream, document.revision));
  return names;
};

/** Once for all: an event that is skipped already stays skipped for the reason first given. */
export const writeSkipped = async (readStore: ReadStore, event: SkippedEvent): Promise<void> => {
  const id = `${event.projection}/${eventName(event.stream, event.revision)}`;
  await readStore.write<SkippedEvent>(skipped, [{ id, from: null, guard: beginning, document: event }]);
};
