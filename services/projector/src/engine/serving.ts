import { fromPosition, toPosition } from '@shop/event-store';
import { stateCollections, type Generation, type ReadStore, type Serving, type Stored } from '@shop/read-store';

export const loadAlias = async (readStore: ReadStore, projection: string): Promise<Stored<Serving> | undefined> =>
  (await readStore.load<Serving>(stateCollections.serving, [projection])).get(projection);

const only = ({ projection, version, generation }: Generation): Generation => ({ projection, version, generation });

/** Makes a generation the one that readers follow; the one before stays as the way back. False where the alias was no longer the one seen. */
export const moveAlias = async (readStore: ReadStore, before: Stored<Serving> | undefined, to: Generation): Promise<boolean> => {
  const document: Serving = { ...only(to), previous: before ? only(before.document) : null };
  const guard = toPosition(before ? fromPosition(before.guard) + 1n : 1);
  const write = { id: to.projection, from: before?.guard ?? null, guard, document };
  return (await readStore.write<Serving>(stateCollections.serving, [write])) === 1;
};

export const isSame = (one: Generation, other: Generation): boolean =>
  one.projection === other.projection && one.version === other.version && one.generation === other.generation;
