import {
  collectionOf,
  generationId,
  readModelNames,
  stateCollections,
  type Checkpoint,
  type Generation,
  type ReadModelName,
  type ReadStore,
  type Serving,
} from '@shop/read-store';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';

/** No lease is taken here: time does not matter. */
const standing = { now: () => new Date(0), monotonic: () => 0, sleep: async () => undefined };

export type StoredDocument = { readonly id: string; readonly guard: string; readonly document: object };
export type Models = Readonly<Record<ReadModelName, readonly StoredDocument[]>>;
export type Checkpoints = Readonly<Partial<Record<ReadModelName | 'order-feed', string>>>;

export const generationOf = (projection: string): Generation => ({ projection, version: 1, generation: 1 });

const writeCheckpoint = async (
  store: ReadStore,
  id: string,
  projection: string,
  guard: string,
  state: Checkpoint['state'],
): Promise<void> => {
  const document = { ...generationOf(projection), state, eventsDone: 0, reason: null };
  await store.write<Checkpoint>(stateCollections.checkpoints, [{ id, guard, from: null, document }]);
};

/** A read store in memory that serves documents just as they are given, each model with its checkpoint at `head` unless said otherwise. */
export const servedModels = async (
  models: Models,
  {
    head,
    checkpoints = {},
    state = 'following',
  }: { readonly head: string; readonly checkpoints?: Checkpoints; readonly state?: Checkpoint['state'] },
): Promise<ReadStore> => {
  const store = await openEmbeddedReadStore({ inMemory: true, clock: standing });
  for (const name of readModelNames) {
    const generation = generationOf(name);
    await store.write<Serving>(stateCollections.serving, [
      { id: name, guard: '0000000000000001', from: null, document: { ...generation, previous: null } },
    ]);
    await writeCheckpoint(store, generationId(generation), name, checkpoints[name] ?? head, state);
    await store.ensureCollection(collectionOf(generation), []);
    await store.write(collectionOf(generation), models[name].map((document) => ({ ...document, from: null }))); // prettier-ignore
  }
  await writeCheckpoint(store, 'order-feed', 'order-feed', checkpoints['order-feed'] ?? head, 'following');
  return store;
};
