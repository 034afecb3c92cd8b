import type { ReadModelDocuments, ReadModelName } from './read-models.js';
import type { Condition, ReadStore, Stored } from './read-store.js';

/** One build of a read model: the code's version and a number that every rebuild raises. */
export type Generation = { readonly projection: string; readonly version: number; readonly generation: number };

/** `balances@1.2`: code version 1, generation 2. Also the id of its checkpoint. */
export const generationId = ({ projection, version, generation }: Generation): string => `${projection}@${version}.${generation}`;
/** The collection that holds its documents. */
export const collectionOf = ({ projection, version, generation }: Generation): string => `${projection}__v${version}_${generation}`;

/** Whether a checkpoint's id is one made by `generationId`: it speaks of documents of the read store, and not of what is kept elsewhere. */
export const namesGeneration = (id: string): boolean => /@\d+\.\d+$/.test(id);

/** Whether a collection has a name made by `collectionOf`: it holds documents of a read model, else state about them. */
export const holdsReadModel = (collection: string): boolean => /__v\d+_\d+$/.test(collection);

/** Collections beside the read models. Guards: of a checkpoint the position, of the others a counter as 16 hex digits. */
export const stateCollections = { checkpoints: 'checkpoints', serving: 'serving', parked: 'parked', skipped: 'skipped' } as const;

/** Every event up to the guard's position is applied, parked or skipped. */
export type Checkpoint = Generation & {
  readonly state: 'building' | 'following' | 'stopped';
  /** Events passed so far, of whatever type. */
  readonly eventsDone: number;
  /** Why it stopped. */
  readonly reason: string | null;
};

/** Which generation readers follow; id is the projection's name. */
export type Serving = Generation & { readonly previous: Generation | null };

/** A stream whose events from `revision` on wait, because that one cannot be applied; id `{generationId}/{stream}`. */
export type ParkedStream = Generation & {
  readonly stream: string;
  readonly revision: number;
  /** Position of the first event that waits, and of the last one known to wait. */
  readonly position: string;
  readonly lastPosition: string;
  readonly waiting: number;
  readonly reason: string;
  readonly parkedAt: string;
};
export const parkedId = (generation: Generation, stream: string): string => `${generationId(generation)}/${stream}`;

/** An event that an operator has taken out of one projection for good; id `{projection}/{stream}/{revision}`. */
export type SkippedEvent = {
  readonly projection: string;
  readonly stream: string;
  readonly revision: number;
  readonly reason: string;
  readonly skippedAt: string;
};

/** How far the generation that readers follow has come. */
export type ServingProgress = {
  readonly generation: Generation;
  readonly collection: string;
  readonly position: string;
  readonly state: Checkpoint['state'];
};

export type ServingModel<Name extends ReadModelName = ReadModelName> = ServingProgress & {
  readonly parked: readonly ParkedStream[];
  /** Only there to tie the name to its documents. */
  readonly documents?: ReadModelDocuments[Name];
};

const beforeEverything = '0'.repeat(16);
/** Most parked streams that a `ServingModel` names, earliest first; with as many there may be more. */
export const parkedStreamsListed = 1_000;

/** First the alias, then its checkpoint, so documents read afterwards are never older. Undefined where nothing serves yet. */
export const loadProgress = async (store: Pick<ReadStore, 'load'>, projection: ReadModelName): Promise<ServingProgress | undefined> => {
  const serving = (await store.load<Serving>(stateCollections.serving, [projection])).get(projection)?.document;
  if (!serving) return undefined;
  const checkpoint = (await store.load<Checkpoint>(stateCollections.checkpoints, [generationId(serving)])).get(generationId(serving));
  return {
    generation: serving,
    collection: collectionOf(serving),
    position: checkpoint?.guard ?? beforeEverything,
    state: checkpoint?.document.state ?? 'building',
  };
};

/** As `loadProgress`, and afterwards the streams that wait. */
export const loadServing = async <Name extends ReadModelName>(
  store: ReadStore,
  projection: Name,
): Promise<ServingModel<Name> | undefined> => {
  const progress = await loadProgress(store, projection);
  if (!progress) return undefined;
  const { version, generation } = progress.generation;
  const ofThis: Condition[] = [
    { field: 'projection', is: '=', value: projection },
    { field: 'version', is: '=', value: version },
    { field: 'generation', is: '=', value: generation },
  ];
  const parked: readonly Stored<ParkedStream>[] = await store.find<ParkedStream>(stateCollections.parked, {
    where: ofThis,
    order: [{ field: 'position', direction: 'ascending' }],
    limit: parkedStreamsListed,
  });
  return { ...progress, parked: parked.map(({ document }) => document) };
};
