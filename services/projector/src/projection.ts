import type { Position } from '@shop/event-store';
import type { ShopEvent } from '@shop/events';
import type { ReadModelDocuments, ReadModelName } from '@shop/read-store';

/** Where an event stands. */
export type EventContext = { readonly stream: string; readonly revision: number; readonly position: Position };

/**
 * A read model as a pure fold of the log; the engine does positions, guards, batches and checkpoints.
 * `documentIds` and `evolve` are methods so that a projection of some events stands in a list of projections of any:
 * the engine hands each only the types that it handles and the documents that it made.
 */
export type Projection<
  Name extends ReadModelName = ReadModelName,
  Document extends ReadModelDocuments[Name] = ReadModelDocuments[Name],
  Event extends ShopEvent = ShopEvent,
> = {
  readonly name: Name;
  /** Raised with every change of what a document says: a new version is built beside the serving one. */
  readonly version: number;
  readonly handles: readonly Event['type'][];
  /** True where a document mixes streams: then a poison event stops the projection instead of parking its stream. */
  readonly mixesStreams: boolean;
  /** The documents that an event changes, each once. */
  documentIds(this: void, event: Event, context: EventContext): readonly string[];
  evolve(this: void, document: Document | undefined, event: Event, context: EventContext, id: string): Document;
};

type Fact<Type extends ShopEvent['type']> = Extract<ShopEvent, { readonly type: Type }>;

/** Defines a projection: `documentIds` and `evolve` see only the types that it handles. */
export const projection = <Name extends ReadModelName, Type extends ShopEvent['type']>(
  definition: Projection<Name, ReadModelDocuments[Name], Fact<Type>> & { readonly handles: readonly Type[] },
): Projection<Name, ReadModelDocuments[Name], Fact<Type>> => definition;

/** The document that an event of a later kind needs. @throws where the event that opens it never came: broken data, never guessed at */
export const opened = <Document>(document: Document | undefined, event: ShopEvent, id: string): Document => {
  if (document === undefined) throw new Error(`${event.type} of ${id} comes before the event that opens it`);
  return document;
};
