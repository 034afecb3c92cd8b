import type { Position } from '@shop/event-store';
import { Problem, type Readiness } from '@shop/http';
import { readModelNames, type ReadModelName, type ServingModel } from '@shop/read-store';
import type { ExactReads } from './freshness/index.js';

type Standing = {
  readonly name: ReadModelName;
  readonly state: 'up' | 'lagging' | 'stopped' | 'down';
  readonly model?: ServingModel | undefined;
};

/** As a strong read finds it: within the patience of a read of where the log ended when asked. What was seen before proves nothing about the store. */
const standingOf = async (reads: ExactReads, name: ReadModelName, head: Position): Promise<Standing> => {
  let model: ServingModel | undefined;
  try {
    model = await reads.look(name);
    return { name, state: 'up', model: await reads.reach(name, head) };
  } catch (error) {
    if (!(error instanceof Problem)) return { name, state: 'down' };
    return { name, state: error.code === 'READ_MODEL_DEGRADED' ? 'stopped' : 'lagging', model };
  }
};

const parkedOf = ({ name, model }: Standing): Readiness['parked'] =>
  (model?.parked ?? []).map(({ stream, revision, reason }) => ({ projection: name, stream, revision, reason }));

const summary = (standings: readonly Standing[]): Readiness => {
  const having = (state: Standing['state']) => standings.filter((standing) => standing.state === state);
  const parked = standings.flatMap(parkedOf);
  const behind = having('lagging');
  const stopped = having('stopped');
  const readStore = having('down').length > 0 ? 'down' : 'up';
  const checks = {
    eventStore: 'up',
    readStore,
    ...Object.fromEntries([...behind, ...stopped].map(({ name, state }) => [name, state])),
  };
  if (readStore === 'down' || behind.length > 0) return { status: 'not_ready', checks, parked };
  return { status: parked.length > 0 || stopped.length > 0 ? 'degraded' : 'ready', checks, parked };
};

/** Ready: head and read store answer, and every projection that has not stopped keeps up. Parked streams and stopped projections degrade. */
export const queryReadiness = async (reads: ExactReads): Promise<Readiness> => {
  try {
    const head = await reads.head();
    return summary(await Promise.all(readModelNames.map((name) => standingOf(reads, name, head))));
  } catch {
    return { status: 'not_ready', checks: { eventStore: 'down' }, parked: [] };
  }
};
