import { beginning, type Position } from '@shop/event-store';
import {
  collectionOf,
  stateCollections,
  type Checkpoint,
  type Generation,
  type Lease,
  type ReadModelName,
  type ReadStore,
} from '@shop/read-store';
import type { Logger } from 'pino';
import type { Feeding } from '../engine/feeding.js';
import { createCheckpoint, ensureGeneration, loadCheckpoint, loadSkipped } from '../engine/generation-state.js';
import type { ParkingDependencies } from '../engine/parking.js';
import { isSame, loadAlias } from '../engine/serving.js';
import type { Projection } from '../projection.js';
import { compareGenerations, type Comparison } from './compare.js';
import { filling, type FillDependencies, type Filling } from './fill.js';
import { switchServing } from './switch.js';

export type RebuildProgress = {
  readonly projection: ReadModelName;
  readonly phase: 'filling' | 'comparing' | 'catching-up' | 'switching';
  readonly done: number;
  /** Events that the serving generation has passed; grows while the shop runs. */
  readonly total: number;
  readonly eventsPerSecond: number;
  readonly secondsLeft: number;
};

export type RebuildReport = {
  readonly projection: ReadModelName;
  readonly generation: Generation;
  readonly dryRun: boolean;
  readonly events: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly comparison: Comparison;
  /** Streams that wait in the new generation. */
  readonly parked: readonly string[];
};

export type RebuildRequest = {
  readonly name: ReadModelName;
  /** Builds and compares, then drops what was built. */
  readonly dryRun?: boolean;
  readonly onProgress?: (progress: RebuildProgress) => void;
};

export type RebuildDependencies = Omit<ParkingDependencies, 'projection' | 'generation' | 'eventStore'> & {
  readonly eventStore: FillDependencies['eventStore'];
  readonly projections: readonly Projection[];
  readonly feeding: Feeding;
  readonly newId: () => string;
  readonly logger: Logger;
};

/** Another process, or another call, rebuilds this read model already. */
export class RebuildUnderWayError extends Error {
  override readonly name = 'RebuildUnderWayError';
}
export class UnknownProjectionError extends Error {
  override readonly name = 'UnknownProjectionError';
}

const leaseMs = 30_000;
const reportEveryMs = 200;
/** The generation is compared once it is this close to the serving one; until then it is filled up to where that stands by then. */
const closeEnough = 5_000;
const mostApproaches = 10;

export const projectionNamed = (projections: readonly Projection[], name: string): Projection => {
  const projection = projections.find((one) => one.name === name);
  if (!projection)
    throw new UnknownProjectionError(`there is no projection ${name}; there are ${projections.map((one) => one.name).join(', ')}`);
  return projection;
};

/** Generations of this code's version that nobody needs: left by a rebuild that was killed, or older than the way back. */
const dropUnneeded = async (readStore: ReadStore, { name, version }: Projection): Promise<void> => {
  const alias = (await loadAlias(readStore, name))?.document;
  const needed = [alias, alias?.previous].flatMap((one) => (one ? [collectionOf(one)] : []));
  const prefix = `${name}__v${version}_`;
  for (const collection of await readStore.collections())
    if (collection.startsWith(prefix) && !needed.includes(collection)) await readStore.dropCollection(collection);
};

/**
 * Checkpoints outlive their documents, so that a number is never given twice: a rebuild that was paused and wakes up late
 * then writes to a generation that is nobody's.
 */
const nextGeneration = async (readStore: ReadStore, { name, version }: Projection): Promise<Generation> => {
  const [newest] = await readStore.find<Checkpoint>(stateCollections.checkpoints, {
    where: [
      { field: 'projection', is: '=', value: name },
      { field: 'version', is: '=', value: version },
    ],
    order: [{ field: 'generation', direction: 'descending' }],
    limit: 1,
  });
  return { projection: name, version, generation: (newest?.document.generation ?? 0) + 1 };
};

/** Tells progress now and then, and keeps the lease while there is progress. */
const progressMeter = (
  { clock, readStore }: RebuildDependencies,
  { name, onProgress }: RebuildRequest,
  { lease, done, total }: { readonly lease: Lease; readonly done: () => number; readonly total: () => Promise<number> },
) => {
  const started = clock.monotonic();
  let told = started;
  let renewed = started;
  const seconds = () => Math.max(0.001, (clock.monotonic() - started) / 1_000);
  const tell = async (phase: RebuildProgress['phase']): Promise<void> => {
    const now = clock.monotonic();
    if (now - renewed >= leaseMs / 3) {
      if (!(await readStore.takeLease(lease.name, lease.owner, leaseMs)))
        throw new RebuildUnderWayError(`${name} is rebuilt by another process`);
      renewed = now;
    }
    told = now;
    if (!onProgress) return;
    const all = Math.max(await total(), done());
    const eventsPerSecond = Math.round(done() / seconds());
    const secondsLeft = eventsPerSecond === 0 ? 0 : Math.round((all - done()) / eventsPerSecond);
    onProgress({ projection: name, phase, done: done(), total: all, eventsPerSecond, secondsLeft });
  };
  return {
    seconds,
    tell,
    tellSometimes: async (phase: RebuildProgress['phase']): Promise<void> => {
      if (clock.monotonic() - told >= reportEveryMs) await tell(phase);
    },
  };
};
type Meter = ReturnType<typeof progressMeter>;

/** Fills up to where the serving generation stands, and again while that has gone far meanwhile. Answers where both can be compared. */
const approach = async (fill: Filling, servingPosition: () => Promise<Position>, meter: Meter): Promise<Position> => {
  for (let round = 1; ; round += 1) {
    const before = fill.eventsDone();
    await fill.upTo(await servingPosition(), () => meter.tellSometimes('filling'));
    if (fill.eventsDone() - before <= closeEnough || round >= mostApproaches) return fill.position();
  }
};

const rebuildUnderLease = async (dependencies: RebuildDependencies, request: RebuildRequest, lease: Lease): Promise<RebuildReport> => {
  const { readStore, feeding, settings, clock, projections } = dependencies;
  const { name, dryRun = false } = request;
  const projection = projectionNamed(projections, name);
  await dropUnneeded(readStore, projection);
  const serving = (await loadAlias(readStore, name))?.document;
  if (!serving) throw new UnknownProjectionError(`${name} serves nothing yet: its first generation is built by the projector`);
  const generation = await nextGeneration(readStore, projection);
  await ensureGeneration(readStore, name, generation);
  await createCheckpoint(readStore, generation);
  const skipped = await loadSkipped(readStore, name);
  const fill = filling({ ...dependencies, projection, generation, skipped });
  const servingCheckpoint = () => loadCheckpoint(readStore, serving);
  const total = async () => (await servingCheckpoint())?.document.eventsDone ?? 0;
  const meter = progressMeter(dependencies, request, { lease, done: fill.eventsDone, total });

  const at = await approach(fill, async () => (await servingCheckpoint())?.guard ?? beginning, meter);
  await meter.tell('comparing');
  const comparison = await compareGenerations({ ...dependencies, projection, skipped }, { serving, built: generation, at });
  await meter.tell('catching-up');
  await fill.upTo(undefined, () => meter.tellSometimes('catching-up'));
  const report = {
    projection: name,
    generation,
    dryRun,
    events: fill.eventsDone(),
    seconds: meter.seconds(),
    eventsPerSecond: Math.round(fill.eventsDone() / meter.seconds()),
    comparison,
    parked: fill.parked(),
  };
  if (!dryRun) {
    await meter.tell('switching');
    feeding.add(projection, generation);
    await switchServing({ readStore, clock, feeding, waitMs: settings.switchWaitMs }, generation);
    await feeding.look();
  }
  return report;
};

/** Builds a read model anew beside the serving one, compares the two and switches. Differences are reported and never hold the switch up. */
export const rebuild = async (dependencies: RebuildDependencies, request: RebuildRequest): Promise<RebuildReport> => {
  const { readStore, newId, projections, feeding, logger } = dependencies;
  const projection = projectionNamed(projections, request.name);
  const lease = await readStore.takeLease(`rebuild:${request.name}`, newId(), leaseMs);
  if (!lease) throw new RebuildUnderWayError(`${request.name} is being rebuilt already`);
  try {
    const report = await rebuildUnderLease(dependencies, request, lease);
    logger.info({ ...report, comparison: { ...report.comparison, examples: undefined } }, 'the read model was rebuilt');
    return report;
  } finally {
    await feeding.look();
    for (const { generation, serving } of feeding.fed())
      if (generation.projection === projection.name && !serving && !(await isNeeded(readStore, generation)))
        await feeding.release(generation);
    // Whoever has lost the lease leaves the cleaning to the one who has it, and is at work.
    if (await readStore.takeLease(lease.name, lease.owner, leaseMs)) {
      await dropUnneeded(readStore, projection);
      await readStore.releaseLease(lease);
    }
  }
};

const isNeeded = async (readStore: ReadStore, generation: Generation): Promise<boolean> => {
  const alias = (await loadAlias(readStore, generation.projection))?.document;
  return [alias, alias?.previous].some((one) => one && isSame(one, generation));
};

/** Goes back to the generation that served before; waits until that is as far as the serving one. */
export const switchBack = async (dependencies: RebuildDependencies, name: ReadModelName): Promise<Generation> => {
  const { readStore, clock, feeding, settings } = dependencies;
  projectionNamed(dependencies.projections, name);
  const previous = (await loadAlias(readStore, name))?.document.previous;
  if (!previous) throw new UnknownProjectionError(`${name} has no earlier generation to go back to`);
  await switchServing({ readStore, clock, feeding, waitMs: settings.switchWaitMs }, previous);
  await feeding.look();
  return previous;
};
