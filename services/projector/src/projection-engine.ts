import type { Clock, Random } from '@shop/clock';
import type { EventStore } from '@shop/event-store';
import type { ReadStore } from '@shop/read-store';
import type { Logger } from 'pino';
import { eventPages, type EventPageSource } from './engine/event-pages.js';
import { feeding, type Feeding } from './engine/feeding.js';
import type { ParseEvent } from './engine/log-event.js';
import { createRunner } from './engine/runner.js';
import type { Projection } from './projection.js';
import { patientReading } from './rebuild/patient-reading.js';
import type { RebuildDependencies } from './rebuild/rebuild.js';
import { upgradeAll } from './rebuild/upgrade.js';
import type { Settings } from './settings.js';

/** What read models are made of, and nothing that could change it. */
export type ProjectedLog = Pick<EventStore, 'readAll' | 'readStream' | 'subscribe' | 'head'>;

export type ProjectionEngineDependencies = {
  readonly eventStore: ProjectedLog;
  readonly readStore: ReadStore;
  readonly projections: readonly Projection[];
  readonly parse: ParseEvent;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly settings: Settings;
};

export type ProjectionEngine = {
  readonly pages: EventPageSource;
  readonly feeding: Feeding;
  readonly rebuilding: RebuildDependencies;
  /** Follows the log and feeds the read models until aborted. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

export const projectionEngine = (dependencies: ProjectionEngineDependencies): ProjectionEngine => {
  const { settings } = dependencies;
  const pages = eventPages(dependencies);
  const fed = feeding({
    ...dependencies,
    lookMs: settings.lookMs,
    createRunner: (projection, generation) => createRunner({ ...dependencies, projection, generation, pages }),
  });
  const patient = { ...dependencies.eventStore, readAll: patientReading(dependencies.eventStore, dependencies) };
  const rebuilding: RebuildDependencies = { ...dependencies, eventStore: patient, feeding: fed };
  return {
    pages,
    feeding: fed,
    rebuilding,
    run: async (signal) => {
      await Promise.all([pages.follow(signal), fed.run(signal), upgradeAll(rebuilding, signal)]);
    },
  };
};
