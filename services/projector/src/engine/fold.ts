import type { Position } from '@shop/event-store';
import type { ShopEvent } from '@shop/events';
import type { GuardedWrite, ReadModelDocuments, ReadModelName } from '@shop/read-store';
import type { EventContext, Projection } from '../projection.js';
import { eventName } from './generation-state.js';
import type { LogEvent } from './log-event.js';
import { readsStream } from './stream-kinds.js';

export type ModelDocument = ReadModelDocuments[ReadModelName];

/** A document while events are folded into it: `from` is the version it replaces, `guard` the last event in it. */
export type WorkingDocument = { from: Position | null; guard: Position | null; document: ModelDocument | undefined };
export type WorkingDocuments = Map<string, WorkingDocument>;

export type Step = { readonly event: ShopEvent; readonly context: EventContext; readonly ids: readonly string[] };

/** The first event of a stream that cannot be applied, or that waits behind such a one. */
export type Obstacle = { readonly stream: string; readonly revision: number; readonly position: Position; readonly reason: string };
export type Obstacles = Map<string, Obstacle>;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500);

const hold = (obstacles: Obstacles, { stream, revision, position }: EventContext, error: unknown): void => {
  const known = obstacles.get(stream);
  if (!known || known.position > position) obstacles.set(stream, { stream, revision, position, reason: reasonOf(error) });
};

/** Whether an event waits behind one that is parked. */
export type IsHeld = (stream: string, position: Position) => boolean;

export type Selection = {
  /** The events to be folded with the ids of their documents, but for those of streams that are held; more obstacles are added. */
  readonly steps: (events: readonly LogEvent[], isHeld: IsHeld, obstacles: Obstacles) => Step[];
};

export const selection = (projection: Projection, skipped: ReadonlySet<string>): Selection => {
  const reads = readsStream(projection.handles);
  const handles = new Set<string>(projection.handles);
  const isSkipped = ({ stream, revision }: EventContext) => skipped.size > 0 && skipped.has(eventName(stream, revision));
  /** Whether an event may matter to the projection: of a type that it folds, or unknown on a stream that it reads. */
  const isWanted = ({ event, recorded }: LogEvent) => (event ? handles.has(event.type) : reads(recorded.stream)) && !isSkipped(recorded);
  return {
    steps: (events, isHeld, obstacles) => {
      const steps: Step[] = [];
      for (const entry of events) {
        if (!isWanted(entry)) continue;
        const { event, recorded: context } = entry;
        if (isHeld(context.stream, context.position) || (obstacles.size > 0 && obstacles.has(context.stream))) continue;
        if (!event) {
          hold(obstacles, context, entry.error);
          continue;
        }
        try {
          steps.push({ event, context, ids: projection.documentIds(event, context) });
        } catch (error) {
          hold(obstacles, context, error);
        }
      }
      return steps;
    },
  };
};

/**
 * Folds steps in log order into the documents. An event that a document holds already is not folded into it again.
 * An event that cannot be applied changes no document at all, and holds the later ones of its stream.
 */
export const fold = (projection: Projection, steps: readonly Step[], documents: WorkingDocuments, obstacles: Obstacles): void => {
  const changed: WorkingDocument[] = [];
  const after: ModelDocument[] = [];
  for (const { event, context, ids } of steps) {
    if (obstacles.size > 0 && isHeldFrom(obstacles, context)) continue;
    changed.length = 0;
    after.length = 0;
    try {
      for (const id of ids) {
        const working = documents.get(id) ?? added(documents, id);
        if (working.guard !== null && context.position <= working.guard) continue;
        after.push(projection.evolve(working.document, event, context, id));
        changed.push(working);
      }
    } catch (error) {
      hold(obstacles, context, error);
      continue;
    }
    changed.forEach((working, index) => {
      working.document = after[index];
      working.guard = context.position;
    });
  }
};

const isHeldFrom = (obstacles: Obstacles, { stream, position }: EventContext): boolean => {
  const obstacle = obstacles.get(stream);
  return obstacle !== undefined && position >= obstacle.position;
};

const added = (documents: WorkingDocuments, id: string): WorkingDocument => {
  const working: WorkingDocument = { from: null, guard: null, document: undefined };
  documents.set(id, working);
  return working;
};

/** What the fold changed, as writes that replace only the versions it started from. */
export const changesOf = (documents: WorkingDocuments): GuardedWrite<ModelDocument>[] => {
  const writes: GuardedWrite<ModelDocument>[] = [];
  for (const [id, { from, guard, document }] of documents)
    if (document !== undefined && guard !== null && guard !== from) writes.push({ id, from, guard, document });
  return writes;
};
