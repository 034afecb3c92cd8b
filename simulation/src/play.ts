import { audit, type AuditReport } from '@shop/audit';
import { seededRandom } from '@shop/clock';
import type { RecordedEvent } from '@shop/event-store';
import { stateCollections } from '@shop/read-store';
import { withoutChance } from './core/no-chance.js';
import { simulation } from './core/simulation.js';
import { openFaults, type Fault } from './faults/faults.js';
import { keepBooks } from './judges/books.js';
import { racesIn, type Race } from './judges/races.js';
import { scenarioFinding } from './judges/scenarios.js';
import { watchAppends, type Sightings } from './judges/sightings.js';
import { witness } from './judges/witness.js';
import { documentsAsTheyStand } from './ports/read-store.js';
import { simulatedDocuments } from './ports/simulated-documents.js';
import { simulatedLog } from './ports/simulated-log.js';
import { simulatedStaging } from './ports/staging.js';
import { clientele, type Clientele } from './world/client.js';
import { openFleet } from './world/fleet.js';
import type { Exchange } from './world/history.js';
import type { Plan } from './world/plan.js';
import type { World } from './world/processes.js';

export type Played = {
  /** What does not hold, in words; nothing where all is well. */
  readonly findings: readonly string[];
  /** Equal for equal histories. */
  readonly trace: string;
  readonly lastChoices: readonly string[];
  readonly choices: number;
  readonly faults: ReadonlyMap<Fault, number>;
  readonly races: ReadonlyMap<Race, number>;
  readonly log: readonly RecordedEvent[];
  readonly exchanges: readonly Exchange[];
};

/** The sweeper's patience and half a minute, and as long as an append may land late. */
const quietMs = 120_000;
const lookMs = 700;
const looksInARow = 3;

/** Nothing is left to do and nobody is about to do anything. */
const isSettled = ({ plan, log, documents, witness: { underWay } }: World): boolean => {
  for (const { who } of underWay) if (who.alive) return false;
  if (documents.count(stateCollections.checkpoints, []) <= plan.models.length) return false; // theirs, and that of the feed
  const behind = { field: 'guard', is: '<', value: log.head() } as const;
  if (documents.count(stateCollections.checkpoints, [behind]) > 0) return false;
  const lists = documents.collections().filter((name) => name.startsWith('to-do__'));
  return lists.every((name) => documents.count(name, [{ field: 'oldest', is: '>', value: '' }]) === 0);
};

/** Time goes on until nothing has been left to do for a while, and no longer than the shop may take: the audit then says what is wrong. */
const untilQuiet = async (world: World): Promise<void> => {
  const { sim } = world;
  const inspector = sim.actor('inspector');
  const end = sim.now() + quietMs;
  let done = false;
  const inspect = async (): Promise<void> => {
    for (let looks = 0; looks < looksInARow && sim.now() < end;) {
      await sim.sleep(inspector, lookMs);
      looks = isSettled(world) ? looks + 1 : 0;
    }
    done = true;
  };
  sim.start(inspect());
  await sim.run(() => done);
};

/** Clients do all that they have to do while things go wrong; then nothing goes wrong any more, until all is quiet. */
const happen = async (world: World, clients: Clientele, mend: () => number): Promise<void> => {
  const { sim, plan, faults } = world;
  let done = false;
  const open = async (): Promise<void> => {
    await clients.openShop();
    await Promise.all(plan.clients.map(clients.be));
    done = true;
  };
  sim.start(open());
  await sim.run(() => done);
  faults.end();
  sim.calm();
  sim.leap(mend());
  await untilQuiet(world);
  let asked = false;
  sim.start(
    clients.askForOldBestSellers().then(() => {
      asked = true;
    }),
  );
  await sim.run(() => asked);
};

const lineOf = ({ action: _action, process: _process, eventsBefore: _before, eventsAfter: _after, ...line }: Exchange): string =>
  JSON.stringify(line);

/** Of a world that keeps only some read models nothing can be said of the others. */
const isKept = (reason: string, { models }: Plan): boolean =>
  !/^no (\S+) read model serves yet$/.test(reason) || models.some((name) => reason.startsWith(`no ${name} `));

const findingsOf = ({ findings, undecided }: AuditReport, plan: Plan): string[] => [
  ...findings.map(({ invariant, about, stream, revision, expected, found }) => {
    const place = stream === null ? '' : ` (${stream}/${revision ?? ''})`;
    return `${invariant} ${about}${place}: expected ${expected}, found ${found}`;
  }),
  ...undecided.filter(({ reason }) => isKept(reason, plan)).map(({ invariant, reason }) => `${invariant} undecided: ${reason}`),
];

async function* each(lines: readonly string[]) {
  yield* lines;
}

type Judged = { readonly findings: readonly string[]; readonly races: ReadonlyMap<Race, number> };

const judge = async ({ plan, log, documents, feedLines }: World, exchanges: readonly Exchange[], sightings: Sightings): Promise<Judged> => {
  const report = await audit({
    events: async function* () {
      yield log.all();
    },
    readStore: documentsAsTheyStand(documents),
    feed: () => each(feedLines),
    history: () => each(exchanges.map(lineOf)),
    quiet: true,
    monotonic: () => 0,
  });
  const books = keepBooks(log.all());
  const scenario = scenarioFinding(plan, log.all());
  return {
    findings: [...findingsOf(report, plan), ...witness(exchanges, books), ...(scenario === undefined ? [] : [scenario])],
    races: racesIn(exchanges, books, sightings),
  };
};

const failed = (error: unknown): Judged => ({
  findings: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
  races: new Map(),
});

/** One world from beginning to end, and its judges. The same plan gives the same history. */
export const play = (plan: Plan): Promise<Played> =>
  withoutChance(async () => {
    const random = seededRandom(plan.seed ^ 0x5eed);
    const sim = simulation({ random, impatience: plan.impatience });
    const faults = openFaults(plan.faults, random, sim.trace.remark);
    const log = simulatedLog();
    const { witness: appendWitness, sightings } = watchAppends(sim, log);
    const staging = plan.staged ? simulatedStaging({ sim, log, faults, witness: appendWitness }) : undefined;
    const world: World = { sim, plan, faults, log, staging, documents: simulatedDocuments(), feedLines: [], witness: appendWitness };
    const fleet = openFleet(world);
    const clients = clientele(world, fleet);
    const { exchanges } = clients;
    const { findings, races } = await happen(world, clients, fleet.mend)
      .then(() => judge(world, exchanges, sightings))
      .catch(failed);
    for (const { id, type } of log.all()) sim.trace.remark(`${type} ${id}`);
    const trace = { trace: sim.trace.hash(), lastChoices: sim.trace.last(), choices: sim.choices() };
    return { ...trace, findings, races, faults: faults.counts, log: log.all(), exchanges };
  });
