import type { Position } from '@shop/event-store';
import type { Condition, Query, ReadModelDocuments, ReadModelName, ReadStore, ServingModel, Stored } from '@shop/read-store';
import { answerPosition, type AnswerParts } from './answer-position.js';

/** A read model as fresh as the request asked. Its checkpoint was read before any document can be, so documents are never older. */
export type ReadView<Name extends ReadModelName> = {
  /** Everything up to here is in the documents. */
  readonly position: Position;
  readonly one: (id: string) => Promise<Stored<ReadModelDocuments[Name]> | undefined>;
  readonly load: (ids: readonly string[]) => Promise<ReadonlyMap<string, Stored<ReadModelDocuments[Name]>>>;
  readonly find: (query: Query) => Promise<readonly Stored<ReadModelDocuments[Name]>[]>;
  readonly scan: (query: Pick<Query, 'where' | 'order'>) => AsyncIterable<Stored<ReadModelDocuments[Name]>>;
  readonly count: (where: readonly Condition[]) => Promise<number>;
  /** @throws Problem `READ_MODEL_DEGRADED` where the answer needs a parked stream */
  readonly asOf: (parts: AnswerParts) => Position;
};

export type ReadViewParts = { readonly readStore: ReadStore; readonly model: ServingModel; readonly exact: boolean };

export const readView = <Name extends ReadModelName>(_name: Name, { readStore, model, exact }: ReadViewParts): ReadView<Name> => {
  const { collection, position } = model;
  const load = (ids: readonly string[]) => readStore.load<ReadModelDocuments[Name]>(collection, ids);
  return {
    position,
    load,
    one: async (id) => (await load([id])).get(id),
    find: (query) => readStore.find(collection, query),
    scan: (query) => readStore.scan(collection, query),
    count: (where) => readStore.count(collection, where),
    asOf: (parts) => answerPosition(model, exact, parts),
  };
};
