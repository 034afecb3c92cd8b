import { fromPosition, type Position } from '@shop/event-store';
import { stateCollections, type Checkpoint, type Generation, type ParkedStream, type ReadModelName, type Stored } from '@shop/read-store';
import { writeSkipped } from './engine/generation-state.js';
import type { FedGeneration } from './engine/feeding.js';
import { isSame, loadAlias } from './engine/serving.js';
import type { ProjectionEngine, ProjectionEngineDependencies } from './projection-engine.js';
import { rebuild, switchBack, type RebuildReport, type RebuildRequest } from './rebuild/rebuild.js';

export type ProjectionStatus = Generation & {
  readonly serving: boolean;
  readonly state: Checkpoint['state'];
  readonly position: Position;
  readonly eventsDone: number;
  /** Events known that it has not passed yet; of all types. */
  readonly eventsBehind: number;
  readonly reason: string | null;
  /** Why it cannot go on for now; null while the stores answer. */
  readonly failure: string | null;
  readonly parked: readonly ParkedStream[];
};

export type ParkedEntry = ParkedStream & { readonly id: string };

/** No stream waits under this name, or not in a read model that this process feeds. */
export class UnknownParkedStreamError extends Error {
  override readonly name = 'UnknownParkedStreamError';
}

export type ProjectorOperations = {
  /** The read models of this process, the serving generation and the way back of each. */
  readonly status: () => readonly ProjectionStatus[];
  /**
   * Builds a read model anew beside the serving one, compares, switches.
   * @throws UnknownProjectionError, RebuildUnderWayError, PoisonedRebuildError, NotCaughtUpError; the serving one stays as it is
   */
  readonly rebuild: (request: RebuildRequest) => Promise<RebuildReport>;
  /** Goes back to the generation that served before the last switch. @throws NotCaughtUpError where nobody feeds it */
  readonly switchBack: (name: ReadModelName) => Promise<Generation>;
  /** Streams that wait behind an event which cannot be applied, and events at which a projection has stopped. */
  readonly listParked: () => Promise<readonly ParkedEntry[]>;
  /** Tries a parked stream again; answers whether it waits no longer. @throws UnknownParkedStreamError */
  readonly retryParked: (id: string) => Promise<boolean>;
  /** Takes the first waiting event out of its projection for good and goes on behind it. @throws UnknownParkedStreamError */
  readonly skipParked: (id: string, reason: string) => Promise<boolean>;
  /** A reader waits: events up to the position, or the next ones, are folded at once. */
  readonly hurry: (until?: Position) => void;
};

export type OperationsDependencies = Pick<ProjectionEngineDependencies, 'readStore' | 'clock' | 'projections'> & {
  readonly engine: ProjectionEngine;
};

/** How far each generation is behind the foremost one, and that one behind what the log has told. */
const eventsBehind = (fed: readonly FedGeneration[], { pages }: ProjectionEngine): ((one: FedGeneration) => number) => {
  const known = Math.max(
    0,
    ...fed.map(({ runner }) => {
      const { eventsDone, position } = runner.status();
      return eventsDone + (pages.eventsAfter(position) ?? 0);
    }),
  );
  return ({ runner }) => {
    const { eventsDone, position } = runner.status();
    return pages.eventsAfter(position) ?? Math.max(0, known - eventsDone);
  };
};

export const positionNumber = (position: Position): number => Number(fromPosition(position));

export const projectorOperations = ({ readStore, clock, projections, engine }: OperationsDependencies): ProjectorOperations => {
  const { feeding, pages, rebuilding } = engine;

  const listParked = async (): Promise<ParkedEntry[]> => {
    const aliases = await Promise.all(projections.map(({ name }) => loadAlias(readStore, name)));
    const kept = aliases.flatMap((alias) => (alias ? [alias.document, alias.document.previous] : []));
    const found: ParkedEntry[] = [];
    const byPosition = [{ field: 'position', direction: 'ascending' }] as const;
    for await (const note of readStore.scan<ParkedStream>(stateCollections.parked, { where: [], order: byPosition }))
      if (kept.some((generation) => generation && isSame(generation, note.document))) found.push({ ...note.document, id: note.id });
    return found;
  };
  const noteOf = async (id: string): Promise<Stored<ParkedStream>> => {
    const note = (await readStore.load<ParkedStream>(stateCollections.parked, [id])).get(id);
    if (!note) throw new UnknownParkedStreamError(`nothing is parked as ${id}`);
    return note;
  };
  const fedHere = (generation: Generation): FedGeneration => {
    const found = feeding.fed().find((one) => isSame(one.generation, generation));
    if (!found)
      throw new UnknownParkedStreamError(`${generation.projection} ${generation.version}.${generation.generation} is not fed here`);
    return found;
  };

  return {
    status: () => {
      const fed = feeding.fed();
      const behind = eventsBehind(fed, engine);
      return fed.map((one) => ({ ...one.generation, serving: one.serving, ...one.runner.status(), eventsBehind: behind(one) }));
    },
    rebuild: (request) => rebuild(rebuilding, request),
    switchBack: (name) => switchBack(rebuilding, name),
    listParked,
    retryParked: async (id) => {
      const { document } = await noteOf(id);
      return fedHere(document).runner.retry(document.stream);
    },
    skipParked: async (id, reason) => {
      const { document } = await noteOf(id);
      const { runner } = fedHere(document);
      const { projection, stream, revision } = document;
      await writeSkipped(readStore, { projection, stream, revision, reason, skippedAt: clock.now().toISOString() });
      // The way back waits for the same event.
      const waits = (one: FedGeneration) => one.runner.status().parked.some((note) => note.stream === stream);
      const others = feeding.fed().filter((one) => one.generation.projection === projection && one.runner !== runner && waits(one));
      await Promise.all(others.map((one) => one.runner.retry(stream)));
      return runner.retry(stream);
    },
    hurry: pages.hurry,
  };
};
