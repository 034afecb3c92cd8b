import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '@shop/clock';
import type { EventStore, Position } from '@shop/event-store';
import { collectionOf, type Condition, type Generation, type ReadStore, type Stored } from '@shop/read-store';
import { fold, selection, type ModelDocument, type Step, type WorkingDocument } from '../engine/fold.js';
import { toLogEvent, type ParseEvent } from '../engine/log-event.js';
import type { Projection } from '../projection.js';

export type Difference = { readonly id: string; readonly serving: string; readonly rebuilt: string };
export type Comparison = {
  readonly position: Position;
  readonly compared: number;
  readonly differences: number;
  /** The first few of them. */
  readonly examples: readonly Difference[];
};

export type CompareDependencies = {
  readonly projection: Projection;
  readonly readStore: ReadStore;
  readonly clock: Clock;
  readonly eventStore: Pick<EventStore, 'readAll'>;
  readonly parse: ParseEvent;
  readonly skipped: ReadonlySet<string>;
};

const examplesKept = 5;
const documentsPerLook = 500;
const byId = [{ field: 'id', direction: 'ascending' }] as const;

const shown = (stored: { readonly guard: Position | null; readonly document: object | undefined } | undefined): string =>
  stored?.document ? `at ${stored.guard}: ${JSON.stringify(stored.document)}`.slice(0, 300) : 'no document';

/** Events after a position by the documents that they change, read as far as somebody needs. */
const eventsSince = ({ projection, eventStore, parse, skipped }: CompareDependencies, at: Position) => {
  const { steps: select } = selection(projection, skipped);
  const byDocument = new Map<string, Step[]>();
  let readTo = at;
  const readUpTo = async (position: Position): Promise<void> => {
    if (position <= readTo) return;
    for await (const page of eventStore.readAll(readTo)) {
      const events = page.map((recorded) => toLogEvent(parse, recorded));
      for (const step of select(events, () => false, new Map()))
        for (const id of step.ids) byDocument.set(id, [...(byDocument.get(id) ?? []), { ...step, ids: [id] }]);
      readTo = page.at(-1)?.position ?? readTo;
      if (readTo >= position) return;
    }
  };
  return async (id: string, position: Position): Promise<readonly Step[]> => {
    await readUpTo(position);
    return (byDocument.get(id) ?? []).filter(({ context }) => context.position <= position);
  };
};

/**
 * Compares a generation that stands still at `at` with the serving one, whose checkpoint is there or further and which goes on meanwhile.
 * A document that the serving one has taken further is met by folding the same events into ours, in memory, up to that very event:
 * so both are always judged at one position, however busy the shop is.
 */
export const compareGenerations = async (
  dependencies: CompareDependencies,
  { serving, built, at }: { readonly serving: Generation; readonly built: Generation; readonly at: Position },
): Promise<Comparison> => {
  const { readStore, projection } = dependencies;
  const since = eventsSince(dependencies, at);
  const examples: Difference[] = [];
  let compared = 0;
  let differences = 0;

  const judge = async (id: string, ours: Stored<ModelDocument> | undefined, theirs: Stored<ModelDocument> | undefined) => {
    const document: WorkingDocument = { from: null, guard: ours?.guard ?? null, document: ours?.document };
    if (theirs && theirs.guard > (ours?.guard ?? '') && theirs.guard > at)
      fold(projection, await since(id, theirs.guard), new Map([[id, document]]), new Map());
    compared += 1;
    if (document.guard === (theirs?.guard ?? null) && isDeepStrictEqual(document.document, theirs?.document)) return;
    differences += 1;
    if (examples.length < examplesKept) examples.push({ id, serving: shown(theirs), rebuilt: shown(document) });
  };
  /** By a query and not by `load`: whole models pass here once, and must not push what is in use out of a store's cache. */
  const other = async (
    collection: string,
    chunk: readonly Stored<ModelDocument>[],
  ): Promise<ReadonlyMap<string, Stored<ModelDocument>>> => {
    const ids = chunk.map(({ id }) => id);
    const where: Condition[] = [{ field: 'id', is: 'in', values: ids }];
    const found = await readStore.find<ModelDocument>(collection, { where, order: byId, limit: ids.length });
    return new Map(found.map((stored) => [stored.id, stored]));
  };

  for await (const chunk of chunks(dependencies, collectionOf(serving))) {
    const ours = await other(collectionOf(built), chunk);
    for (const theirs of chunk) await judge(theirs.id, ours.get(theirs.id), theirs);
  }
  for await (const chunk of chunks(dependencies, collectionOf(built))) {
    const theirs = await other(collectionOf(serving), chunk);
    for (const ours of chunk) if (!theirs.has(ours.id)) await judge(ours.id, ours, undefined);
  }
  return { position: at, compared, differences, examples };
};

/** By id, so that each look starts where the one before ended; an embedded store answers at once, so others get their turn in between. */
async function* chunks(
  { readStore, clock }: CompareDependencies,
  collection: string,
): AsyncGenerator<readonly Stored<ModelDocument>[], void, undefined> {
  for (let after: Condition[] = []; ;) {
    const chunk = await readStore.find<ModelDocument>(collection, { where: after, order: byId, limit: documentsPerLook });
    const last = chunk.at(-1);
    if (!last) return;
    yield chunk;
    if (chunk.length < documentsPerLook) return;
    after = [{ field: 'id', is: '>', value: last.id }];
    await clock.sleep(0);
  }
}
