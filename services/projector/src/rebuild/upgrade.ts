import { backOff } from '@shop/clock';
import type { Projection } from '../projection.js';
import { loadAlias } from '../engine/serving.js';
import { rebuild, RebuildUnderWayError, type RebuildDependencies } from './rebuild.js';

/** Answers whether there is nothing more to do. */
const upgradeOne = async (dependencies: RebuildDependencies, { name, version }: Projection): Promise<boolean> => {
  const { readStore, logger } = dependencies;
  try {
    const alias = (await loadAlias(readStore, name))?.document;
    if (!alias) return false;
    // Where the operator has gone back from this very version, the way back is of this version, and it stays with that.
    if (alias.version >= version || alias.previous?.version === version) return true;
    logger.info({ projection: name, from: alias.version, to: version }, 'a new version of the read model is built');
    await rebuild(dependencies, { name });
    return true;
  } catch (error) {
    if (!(error instanceof RebuildUnderWayError)) logger.error({ projection: name, err: error }, 'the new version cannot be built yet');
    return false;
  }
};

/**
 * A newer version of a projection than the one that serves is built beside it at the start of a new release, and takes over once it has
 * caught up; one projection after the other, again and again where it could not be.
 */
export const upgradeAll = async (dependencies: RebuildDependencies, signal: AbortSignal): Promise<void> => {
  const { projections, clock, random, settings } = dependencies;
  let due = projections;
  for (let failures = 0; due.length > 0 && !signal.aborted; failures += 1) {
    const left: Projection[] = [];
    for (const projection of due) if (!signal.aborted && !(await upgradeOne(dependencies, projection))) left.push(projection);
    due = left;
    if (due.length > 0) await clock.sleep(settings.lookMs + backOff(random, failures, settings.retry), signal);
  }
};
