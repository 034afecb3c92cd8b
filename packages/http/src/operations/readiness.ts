import type { Readiness, Service } from '../service.js';

const rank = { ready: 0, degraded: 1, not_ready: 2 } as const;

const merged = (one: Readiness, other: Readiness): Readiness => ({
  status: rank[one.status] >= rank[other.status] ? one.status : other.status,
  // Two services that look at one store may see it differently: what is wrong is what counts.
  checks: {
    ...one.checks,
    ...Object.fromEntries(Object.entries(other.checks).filter(([name, state]) => state !== 'up' || !(name in one.checks))),
  },
  parked: [...one.parked, ...other.parked],
});

const ofService = async ({ name, readiness }: Service): Promise<Readiness> => {
  try {
    return await readiness();
  } catch {
    return { status: 'not_ready', checks: { [name]: 'down' }, parked: [] };
  }
};

/** Of several services in one process: as ready as the least ready of them. */
export const readinessOf = async (services: readonly Service[]): Promise<Readiness> => {
  const all = await Promise.all(services.map(ofService));
  return all.reduce(merged, { status: 'ready', checks: {}, parked: [] });
};
