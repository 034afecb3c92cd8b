import type { Clock } from '@shop/clock';
import { composeCommandApi, readSettings as commandSettings } from '@shop/command-api';
import type { BoundRoute, Route, RouteRequest, Service } from '@shop/http';
import { composeProjector, projections, readSettings as projectorSettings } from '@shop/projector';
import { composeQueryApi, readSettings as querySettings } from '@shop/query-api';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { Actor, Simulation } from '../core/simulation.js';
import type { Faults } from '../faults/faults.js';
import { simulatedEventStore, type AppendWitness } from '../ports/event-store.js';
import { simulatedOrderFeed } from '../ports/order-feed.js';
import { simulatedReadStore } from '../ports/read-store.js';
import type { SimulatedDocuments } from '../ports/simulated-documents.js';
import type { SimulatedLog } from '../ports/simulated-log.js';
import type { SimulatedStaging } from '../ports/staging.js';
import type { Plan } from './plan.js';

export const roles = {
  'api-1': 'command-api',
  'api-2': 'command-api',
  'api-3': 'command-api',
  'sweeper-1': 'sweeper',
  'sweeper-2': 'sweeper',
  'projector-1': 'projector',
  'projector-2': 'projector',
  'query-1': 'query-api',
  'query-2': 'query-api',
} as const;
export type ProcessName = keyof typeof roles;
export type Role = (typeof roles)[ProcessName];
const isProcessName = (name: string): name is ProcessName => Object.hasOwn(roles, name);
export const processNames: readonly ProcessName[] = Object.keys(roles).filter(isProcessName);

/** What outlives every process. */
export type World = {
  readonly sim: Simulation;
  readonly plan: Plan;
  readonly faults: Faults;
  readonly log: SimulatedLog;
  readonly staging: SimulatedStaging | undefined;
  readonly documents: SimulatedDocuments;
  readonly feedLines: string[];
  readonly witness: AppendWitness;
};

/** One life of a process: started again it is another one. */
export type Running = {
  readonly name: ProcessName;
  readonly role: Role;
  readonly actor: Actor;
  readonly service: Service;
  /** Wall time as this process believes it, less the world's: milliseconds. */
  skew: number;
  /** It was asked to end: it finishes what it holds and takes no more requests. */
  ending: boolean;
  readonly handle: (route: Route) => BoundRoute['handle'];
  readonly clock: Clock;
  /** Told of its death: whoever waits for an answer gets none. */
  readonly mourners: Set<() => void>;
};

const logger = pino({ level: 'silent' });

const clockOf = ({ sim, plan }: World, actor: Actor, skew: () => number): Clock => {
  const start = Date.parse(plan.start);
  const sinceBoot = sim.random() * 1e6; // every process counts from a moment of its own
  return {
    now: () => new Date(start + Math.trunc(sim.now() + skew())),
    monotonic: () => sinceBoot + sim.now(),
    sleep: (ms, signal) => sim.sleep(actor, ms, signal),
  };
};

/** Parsing settings takes longer than all else at the start of a process, and one seed starts many with the same ones. */
const remembered = <Settings>(read: (environment: Readonly<Record<string, string>>) => Settings) => {
  const known = new WeakMap<object, Settings>();
  return (environment: Readonly<Record<string, string>>): Settings => {
    const settings = known.get(environment) ?? read(environment);
    known.set(environment, settings);
    return settings;
  };
};
const commandSettingsOf = remembered(commandSettings);
const projectorSettingsOf = remembered(projectorSettings);
const forQueries = querySettings({});

const composed = (world: World, role: Role, actor: Actor, clock: Clock): Service => {
  const { sim, plan, log, staging, documents, faults, feedLines, witness } = world;
  const { pageEvents } = plan;
  let ids = 0;
  const eventStore = simulatedEventStore({ sim, log, staging, faults, pageEvents, witness, knowsRevisions: plan.knowsRevisions }, actor);
  const readStore = simulatedReadStore({ sim, documents, faults, scanDocuments: pageEvents }, actor);
  const newId = () => `${actor.name}-${(ids += 1)}`;
  const ports = { eventStore, readStore, clock, random: sim.random, newId, logger, registry: new Registry() };
  switch (role) {
    case 'command-api':
    case 'sweeper':
      return composeCommandApi({ ...ports, staging: staging?.seenBy(actor), settings: commandSettingsOf(plan.settings.command) });
    case 'projector': {
      const orderFeed = simulatedOrderFeed({ sim, faults, lines: feedLines }, actor);
      const kept = projections.filter(({ name }) => plan.models.includes(name));
      return composeProjector({ ...ports, orderFeed, projections: kept, settings: projectorSettingsOf(plan.settings.projector) });
    }
    case 'query-api':
      return composeQueryApi({ ...ports, settings: forQueries });
  }
};

/** Starts a process with empty memory; sweepers sweep, projectors follow the log, the others wait for requests. */
export const startProcess = (world: World, name: ProcessName, life: number): Running => {
  const { sim, faults } = world;
  const role = roles[name];
  const actor = sim.actor(`${name}.${life}`);
  const state = { skew: faults.strikes('clock skewed') ? (sim.random() * 2 - 1) * 3_600_000 : 0 };
  const clock = clockOf(world, actor, () => running.skew);
  const service = composed(world, role, actor, clock);
  const routes = new Map<Route, BoundRoute['handle']>(service.routes.map(({ route, handle }) => [route, handle]));
  const running: Running = {
    name,
    role,
    actor,
    service,
    skew: state.skew,
    ending: false,
    handle: (route) => {
      const handle = routes.get(route);
      if (!handle) throw new Error(`${name} does not serve ${route.method} ${route.path}`);
      return handle;
    },
    clock,
    mourners: new Set(),
  };
  if (role !== 'command-api') sim.start(service.start());
  return running;
};

const requestMs = 10_000;
const noSignal = new AbortController().signal;

/** A request as the HTTP edge hands it to its route. */
export type Asked = Pick<RouteRequest<Route>, 'params' | 'query' | 'body' | 'userId' | 'consistency' | 'requestId'> &
  Partial<Pick<RouteRequest<Route>, 'idempotencyKey' | 'ifMatch'>>;

export const requestAt = ({ clock }: Running, asked: Asked): RouteRequest<Route> => ({
  ...asked,
  anyUser: false,
  actor: asked.userId === '' ? 'operator' : asked.userId,
  caller: asked.userId === '' ? 'operator' : asked.userId,
  receivedAt: clock.now(),
  deadline: clock.monotonic() + requestMs,
  signal: noSignal,
});
