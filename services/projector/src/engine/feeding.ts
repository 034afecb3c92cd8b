import { generationId, stateCollections, type Generation, type ReadStore, type Serving } from '@shop/read-store';
import type { Clock } from '@shop/clock';
import type { Logger } from 'pino';
import type { Projection } from '../projection.js';
import { createCheckpoint, ensureGeneration, ensureStateCollections } from './generation-state.js';
import { isSame, loadAlias, moveAlias } from './serving.js';
import type { Runner } from './runner.js';

export type FedGeneration = {
  readonly projection: Projection;
  readonly generation: Generation;
  readonly serving: boolean;
  readonly runner: Runner;
};

/** Which generations this process feeds: of every projection the serving one and the way back, as far as they are of this code's version. */
export type Feeding = {
  readonly fed: () => readonly FedGeneration[];
  /** Feeds another generation too, until it serves or is released. */
  readonly add: (projection: Projection, generation: Generation) => void;
  readonly release: (generation: Generation) => Promise<void>;
  /** Looks at the aliases now; done by itself whenever they change. */
  readonly look: () => Promise<void>;
  readonly run: (signal: AbortSignal) => Promise<void>;
};

export type FeedingDependencies = {
  readonly projections: readonly Projection[];
  readonly readStore: ReadStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lookMs: number;
  readonly createRunner: (projection: Projection, generation: Generation) => Runner;
};

type Running = FedGeneration & { readonly stop: () => Promise<void> };

/**
 * The first generation of a read model serves from the start: it is empty at the beginning of the log, which is no half-built model,
 * as everyone who asks for more than that waits for it. A later one serves only after a rebuild has caught up.
 */
const aliasOrFirst = async (readStore: ReadStore, { name, version }: Projection): Promise<Serving | undefined> => {
  const known = await loadAlias(readStore, name);
  if (known) return known.document;
  const first: Generation = { projection: name, version, generation: 1 };
  await ensureStateCollections(readStore); // the whole store may have been emptied meanwhile
  await ensureGeneration(readStore, name, first);
  await createCheckpoint(readStore, first);
  // Another projector may be first; either way the alias stands now.
  await moveAlias(readStore, undefined, first);
  return (await loadAlias(readStore, name))?.document;
};

export const feeding = ({ projections, readStore, clock, logger, lookMs, createRunner }: FeedingDependencies): Feeding => {
  const running = new Map<string, Running>();
  const added = new Map<string, { readonly projection: Projection; readonly generation: Generation }>();
  let wake: () => void = () => undefined;
  let looking: Promise<void> = Promise.resolve();
  let ending = false;
  let prepared = false;

  const start = (projection: Projection, generation: Generation): Running => {
    const controller = new AbortController();
    const runner = createRunner(projection, generation);
    const ended = runner.run(controller.signal);
    const stop = () => {
      controller.abort();
      return ended;
    };
    return { projection, generation, serving: false, runner, stop };
  };
  const wanted = ({ version }: Projection, alias: Serving | undefined): Generation[] =>
    [alias, alias?.previous].flatMap((one) => (one && one.version === version ? [one] : []));

  const lookAt = async (projection: Projection): Promise<void> => {
    const alias = await aliasOrFirst(readStore, projection);
    if (ending) return;
    for (const [id, { generation }] of added) if (alias && isSame(generation, alias)) added.delete(id);
    const extra = [...added.values()].filter((one) => one.projection === projection).map(({ generation }) => generation);
    const generations = new Map([...wanted(projection, alias), ...extra].map((one) => [generationId(one), one]));
    for (const [id, one] of running) {
      if (one.projection !== projection || generations.has(id)) continue;
      running.delete(id);
      await one.stop();
    }
    for (const [id, generation] of generations) {
      const serving = alias !== undefined && isSame(alias, generation);
      running.set(id, { ...(running.get(id) ?? start(projection, generation)), serving });
    }
  };
  const lookAtAll = async (): Promise<void> => {
    // Not at every look: defining anything ends the store's open transaction.
    if (!prepared) await ensureStateCollections(readStore);
    prepared = true;
    for (const projection of projections) await lookAt(projection);
  };
  /** One look at a time: two at once would start a runner twice. */
  const look = (): Promise<void> => {
    looking = looking.catch(() => undefined).then(lookAtAll);
    return looking;
  };

  return {
    fed: () => [...running.values()],
    look,
    add: (projection, generation) => {
      added.set(generationId(generation), { projection, generation });
      wake();
    },
    release: async (generation) => {
      added.delete(generationId(generation));
      await look();
    },
    run: async (signal) => {
      const end = readStore.watch(stateCollections.serving, () => wake());
      while (!signal.aborted) {
        const pause = new AbortController();
        wake = () => pause.abort();
        signal.addEventListener('abort', wake, { once: true });
        try {
          await look();
        } catch (error) {
          logger.error({ err: error }, 'which generations serve cannot be read');
        }
        await clock.sleep(lookMs, pause.signal);
        signal.removeEventListener('abort', wake);
      }
      end();
      ending = true;
      await looking.catch(() => undefined);
      await Promise.all([...running.values()].map(({ stop }) => stop()));
      running.clear();
    },
  };
};
