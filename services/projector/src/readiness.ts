import type { EventStore } from '@shop/event-store';
import type { Readiness } from '@shop/http';
import type { ReadStore } from '@shop/read-store';
import { loadAlias } from './engine/serving.js';
import type { ProjectionStatus } from './operations.js';

const answers = async (ask: () => Promise<unknown>): Promise<'up' | 'down'> => {
  try {
    await ask();
    return 'up';
  } catch {
    return 'down';
  }
};

const projectionsCheck = (serving: readonly ProjectionStatus[], subscribed: boolean): string => {
  if (!subscribed || serving.some(({ failure }) => failure !== null)) return 'interrupted';
  if (serving.length === 0 || serving.some(({ state }) => state === 'building')) return 'building';
  if (serving.some(({ state }) => state === 'stopped')) return 'stopped';
  return serving.some(({ parked }) => parked.length > 0) ? 'parked' : 'up';
};

/** Ready is a projector that follows the log; a parked stream or a stopped projection leaves it degraded, and says which. The feed never counts. */
export const projectorReadiness =
  (dependencies: {
    readonly eventStore: Pick<EventStore, 'head'>;
    readonly readStore: ReadStore;
    readonly status: () => readonly ProjectionStatus[];
    readonly subscribed: () => boolean;
  }): (() => Promise<Readiness>) =>
  async () => {
    const serving = dependencies.status().filter((one) => one.serving);
    const eventStore = await answers(dependencies.eventStore.head);
    const readStore = await answers(() => loadAlias(dependencies.readStore, 'balances'));
    const projections = projectionsCheck(serving, dependencies.subscribed());
    const down = eventStore === 'down' || readStore === 'down' || projections === 'interrupted' || projections === 'building';
    const parked = serving.flatMap((one) =>
      one.parked.map(({ projection, stream, revision, reason }) => ({ projection, stream, revision, reason })),
    );
    const status = down ? 'not_ready' : projections === 'up' ? 'ready' : 'degraded';
    return { status, checks: { eventStore, readStore, projections }, parked };
  };
