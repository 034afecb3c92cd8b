import { beginning, type EventStore, type Position } from '@shop/event-store';
import { collectionOf, generationId, type Checkpoint } from '@shop/read-store';
import { loadDocuments, type BatchDependencies } from '../engine/batch.js';
import { changesOf, fold, selection, type ModelDocument, type Obstacles, type WorkingDocuments } from '../engine/fold.js';
import { loadParked, moveCheckpoint, type ParkedNotes } from '../engine/generation-state.js';
import { toLogEvent, type LogEvent } from '../engine/log-event.js';
import { heldBy, parkWaiting } from '../engine/parking.js';
import { readsStream } from '../engine/stream-kinds.js';

export type FillDependencies = BatchDependencies & {
  readonly eventStore: Pick<EventStore, 'readAll'>;
  readonly skipped: ReadonlySet<string>;
};

export type Filling = {
  readonly position: () => Position;
  readonly eventsDone: () => number;
  /** Streams that wait behind an event which cannot be applied. */
  readonly parked: () => readonly string[];
  /**
   * Brings the generation up to a position, or to the end of the log as it is now; all is written when it resolves.
   * @throws PoisonedRebuildError where the documents mix streams and an event cannot be applied
   */
  readonly upTo: (position: Position | undefined, afterPage: () => Promise<void>) => Promise<void>;
};

/** A model whose documents mix streams cannot leave one out; the event has to be understood or skipped first. */
export class PoisonedRebuildError extends Error {
  override readonly name = 'PoisonedRebuildError';
}

/** Somebody else writes to the generation that is built here. */
export class ForeignWriterError extends Error {
  override readonly name = 'ForeignWriterError';
}

const documentsPerWrite = 500;

/**
 * Builds a generation that nobody else writes or reads, so events of many pages are folded in memory before they are written,
 * and documents stay in memory between two writes. An event that cannot be applied parks its stream without another try:
 * the runner that takes the generation over tries it again.
 */
export const filling = (dependencies: FillDependencies): Filling => {
  const { projection, generation, readStore, eventStore, parse, clock, settings, skipped } = dependencies;
  const collection = collectionOf(generation);
  const reads = readsStream(projection.handles);
  const { steps: select } = selection(projection, skipped);
  let documents: WorkingDocuments = new Map();
  /** True while every document of the generation is in memory: then none needs to be looked for. */
  let complete = true;
  let notes: ParkedNotes = new Map();
  let position = beginning;
  let saved = beginning;
  let eventsDone = 0;
  let unwritten: LogEvent[] = [];
  let obstacles: Obstacles = new Map();

  const write = async (): Promise<void> => {
    const changes = changesOf(documents);
    for (let start = 0; start < changes.length; start += documentsPerWrite) {
      const part = changes.slice(start, start + documentsPerWrite);
      const applied = await readStore.write<ModelDocument>(collection, part);
      if (applied !== part.length) throw new ForeignWriterError(`${collection} has a writer besides the rebuild`);
      for (const { id, guard } of part) {
        const working = documents.get(id);
        if (working) working.from = guard;
      }
      // An embedded store writes at once: others get their turn between two parts.
      await clock.sleep(0);
    }
  };
  const save = async (): Promise<void> => {
    await write();
    const parking = await parkWaiting(dependencies, { notes, obstacles, events: unwritten });
    if (parking === 'outdated') throw new ForeignWriterError(`${generationId(generation)} has notes of another writer`);
    if (parking === 'parked') notes = await loadParked(readStore, generation);
    unwritten = [];
    obstacles = new Map();
    const { projection: name, version, generation: number } = generation;
    const document: Checkpoint = { projection: name, version, generation: number, state: 'building', eventsDone, reason: null };
    if (!(await moveCheckpoint(readStore, saved, position, document)))
      throw new ForeignWriterError(`${generationId(generation)} is moved by another rebuild`);
    saved = position;
    if (documents.size <= settings.rebuildDocumentsInMemory) return;
    documents = new Map();
    complete = false;
  };
  const foldPage = async (events: readonly LogEvent[]): Promise<void> => {
    const isHeld = projection.mixesStreams ? () => false : heldBy(notes);
    const steps = select(events, isHeld, obstacles);
    if (!complete) for (const [id, document] of await loadDocuments(readStore, collection, steps, documents)) documents.set(id, document);
    fold(projection, steps, documents, obstacles);
    const [first] = obstacles.values();
    if (first && projection.mixesStreams)
      throw new PoisonedRebuildError(`${projection.name} cannot apply ${first.stream}/${first.revision}: ${first.reason}`);
    // Kept only where some wait: they are counted for their note.
    if (obstacles.size > 0 || notes.size > 0) unwritten.push(...events);
  };

  return {
    position: () => position,
    eventsDone: () => eventsDone,
    parked: () => [...notes.keys()],
    upTo: async (end, afterPage) => {
      let sinceSave = 0;
      for await (const page of eventStore.readAll(position)) {
        const due = end === undefined ? page : page.filter((event) => event.position <= end);
        await foldPage(due.filter(({ stream }) => reads(stream)).map((recorded) => toLogEvent(parse, recorded)));
        position = due.at(-1)?.position ?? position;
        eventsDone += due.length;
        sinceSave += due.length;
        if (sinceSave >= settings.rebuildBatchEvents) {
          sinceSave = 0;
          await save();
        }
        await afterPage();
        if (due.length < page.length) break;
      }
      await save();
    },
  };
};
