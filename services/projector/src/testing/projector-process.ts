import { systemClock } from '@shop/clock';
import { beginning, type EventStore, type Position } from '@shop/event-store';
import { parseStored } from '@shop/events';
import { collectionOf, loadServing, type ReadModelName, type ReadStore } from '@shop/read-store';
import { pino } from 'pino';
import { fold, selection, type ModelDocument, type WorkingDocuments } from '../engine/fold.js';
import { toLogEvent, type ParseEvent } from '../engine/log-event.js';
import { projectorOperations, type ProjectorOperations } from '../operations.js';
import { projectionEngine, type ProjectionEngine } from '../projection-engine.js';
import type { Projection } from '../projection.js';
import { readSettings, type Settings } from '../settings.js';
import { eventually } from './eventually.js';

export const quickSettings: Settings = {
  ...readSettings(),
  lingerMs: 1,
  watchdogMs: 50,
  retry: { firstMs: 1, mostMs: 10 },
  lookMs: 20,
  switchWaitMs: 5_000,
};

export type ProjectorProcess = ProjectorOperations & {
  readonly engine: ProjectionEngine;
  /** Until every serving model fed here has passed a position, or stands before it for good. */
  readonly reaches: (position: Position) => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Nothing more happens, and nobody waits for what was under way. */
  readonly kill: () => void;
};

let processes = 0;

export type ProjectorParts = {
  readonly eventStore: EventStore;
  readonly readStore: ReadStore;
  readonly projections: readonly Projection[];
  readonly parse?: ParseEvent;
  readonly settings?: Settings;
};

/** One projector on its own, without feed and HTTP. */
export const startProjector = (ports: ProjectorParts): ProjectorProcess => {
  processes += 1;
  let ids = 0;
  const number = processes;
  const engine = projectionEngine({
    parse: parseStored,
    settings: quickSettings,
    clock: systemClock,
    random: () => 0.5,
    newId: () => `process-${number}-${(ids += 1)}`,
    logger: pino({ level: 'silent' }),
    ...ports,
  });
  const operations = projectorOperations({ readStore: ports.readStore, clock: systemClock, projections: ports.projections, engine });
  const ending = new AbortController();
  const running = engine.run(ending.signal);
  return {
    ...operations,
    engine,
    reaches: (position) =>
      eventually(`the read models are at ${position}`, () => {
        operations.hurry();
        const serving = operations.status().filter((one) => one.serving);
        return serving.length === ports.projections.length && serving.every((one) => one.position >= position || one.state === 'stopped');
      }),
    stop: async () => {
      ending.abort();
      await running;
    },
    kill: () => ending.abort(),
  };
};

export type ModelContent = Readonly<Record<string, { readonly guard: string; readonly document: ModelDocument }>>;

/** All documents of the generation that readers follow. */
export const servedDocuments = async (readStore: ReadStore, name: ReadModelName): Promise<ModelContent> => {
  const serving = await loadServing(readStore, name);
  if (!serving) throw new Error(`${name} serves nothing`);
  return documentsIn(readStore, collectionOf(serving.generation));
};

export const documentsIn = async (readStore: ReadStore, collection: string): Promise<ModelContent> => {
  const content: Record<string, { guard: string; document: ModelDocument }> = {};
  const byId = [{ field: 'id', direction: 'ascending' }] as const;
  for await (const { id, guard, document } of readStore.scan<ModelDocument>(collection, { where: [], order: byId }))
    content[id] = { guard, document };
  return content;
};

/** What a model must say: the fold of the whole log, one event after the other, but for the streams named. */
export const foldOfLog = async (eventStore: EventStore, projection: Projection, without: readonly string[] = []): Promise<ModelContent> => {
  const documents: WorkingDocuments = new Map();
  const { steps } = selection(projection, new Set());
  for await (const page of eventStore.readAll(beginning))
    for (const recorded of page) {
      if (without.includes(recorded.stream)) continue;
      fold(
        projection,
        steps([toLogEvent(parseStored, recorded)], () => false, new Map()),
        documents,
        new Map(),
      );
    }
  const content: Record<string, { guard: string; document: ModelDocument }> = {};
  for (const [id, { guard, document }] of documents) if (guard !== null && document !== undefined) content[id] = { guard, document };
  return content;
};
