import { readCommandLine, usage, type Options } from './command-line.js';
import { knownSeeds } from './known-seeds.js';
import { play } from './play.js';
import type { Failure } from './play-seeds.js';
import { runPlanted } from './planted/run-planted.js';
import { shrink } from './shrink.js';
import { addTallies, emptyTally, unseen, type RunTally } from './tally.js';
import { onWorkers, type Job } from './workers.js';
import { planOf } from './world/plan.js';

const seedsPerJob = 25;
/** Fewer cannot be expected to see every fault and every race. */
const enoughToSeeAll = 5_000;

const tell = (line = ''): void => void process.stdout.write(`${line}\n`);

/** Jobs until all seeds are given out, or time is up. */
function* jobsOf(seeds: Iterable<number>, isOver: () => boolean): Generator<Job, undefined> {
  let some: number[] = [];
  for (const seed of seeds) {
    if (isOver()) return undefined;
    some.push(seed);
    if (some.length < seedsPerJob) continue;
    yield { seeds: some, untilFailure: false };
    some = [];
  }
  if (some.length > 0) yield { seeds: some, untilFailure: false };
  return undefined;
}

function* seedsFrom(first: number, count: number): Generator<number> {
  for (const { seed } of knownSeeds) yield seed;
  for (let seed = first; seed < first + count; seed += 1) yield seed;
}

const tellCounts = (title: string, counts: Readonly<Record<string, number>>): void => {
  tell(`${title}:`);
  for (const [name, count] of Object.entries(counts).sort(([one], [other]) => (one < other ? -1 : 1)))
    tell(`  ${String(count).padStart(9)}  ${name}`);
};

const tellFailure = ({ seed, findings }: Failure): void => {
  tell(`SEED ${seed} FAILED. SIM_SEED=${seed} npm run sim`);
  for (const finding of findings.slice(0, 5)) tell(`  ${finding}`);
};

const replay = async (seed: number): Promise<boolean> => {
  const plan = planOf(seed);
  const played = await play(plan);
  const { findings, lastChoices, trace, choices, log, exchanges } = played;
  tell(`seed ${seed}: ${exchanges.length} requests, ${log.length} events, ${choices} choices, trace ${trace}`);
  tell(`faults on: ${[...plan.faults].join(', ') || 'none'}`);
  tell('last choices:');
  for (const line of lastChoices) tell(`  ${line}`);
  if (findings.length === 0) {
    tell('nothing is wrong');
    return true;
  }
  for (const finding of findings) tell(`FOUND ${finding}`);
  const shrunk = await shrink(plan, played);
  const commands = shrunk.plan.clients.flatMap(({ name, commands: own }) => own.map((command) => ({ client: name, ...command })));
  tell(
    `the smallest world that fails, after ${shrunk.tries} tries: ${[...shrunk.plan.faults].join(', ') || 'no faults'}; ${commands.length} commands`,
  );
  for (const command of commands) tell(`  ${JSON.stringify(command)}`);
  for (const finding of shrunk.played.findings) tell(`FOUND ${finding}`);
  for (const { requestId, process: at, method, path, body, status, answer } of shrunk.played.exchanges)
    tell(`  ${requestId} ${at} ${method} ${path} ${JSON.stringify(body) ?? ''} → ${status} ${JSON.stringify(answer) ?? ''}`);
  for (const { stream, revision, type, data } of shrunk.played.log) tell(`  ${stream}/${revision} ${type} ${JSON.stringify(data)}`);
  return false;
};

const run = async ({ seeds, seconds, from, workers }: Options): Promise<boolean> => {
  const begun = performance.now();
  const sinceBegin = () => (performance.now() - begun) / 1000;
  let tally: RunTally = emptyTally();
  const failures: Failure[] = [];
  let toldAt = 0;
  await onWorkers(
    workers,
    jobsOf(seedsFrom(from, seeds), () => sinceBegin() >= seconds || failures.length > 0),
    (played) => {
      tally = addTallies(tally, played.tally);
      failures.push(...played.failures);
      if (sinceBegin() - toldAt < 5) return;
      toldAt = sinceBegin();
      process.stderr.write(`${tally.seeds} of ${seeds} seeds, ${(tally.seeds / toldAt).toFixed(0)} a second, ${failures.length} failed\n`);
    },
  );
  const took = sinceBegin();
  const isCutShort = tally.seeds < seeds && failures.length === 0;
  tellCounts('faults', tally.faults);
  tellCounts('races', tally.races);
  const missing = unseen(tally);
  failures.forEach(tellFailure);
  tell(
    `${tally.seeds} seeds from ${from} on${isCutShort ? `, of ${seeds}: time was up` : ''}, ${failures.length} failed; ${tally.requests} requests, ${tally.events} events, ${tally.choices} choices in ${took.toFixed(1)} s on ${workers} workers (${(tally.seeds / took).toFixed(0)} seeds a second)`,
  );
  if (missing.length > 0) tell(`${tally.seeds < enoughToSeeAll ? 'not seen in so few seeds' : 'NEVER HAPPENED'}: ${missing.join('; ')}`);
  return failures.length === 0 && (missing.length === 0 || tally.seeds < enoughToSeeAll);
};

const main = async (): Promise<boolean> => {
  const options = readCommandLine(process.argv.slice(2), process.env);
  if (options.help) {
    tell(usage);
    return true;
  }
  if (options.replay !== undefined) return replay(options.replay);
  return options.planted ? runPlanted({ ...options, tell }) : run(options);
};

main().then(
  (isWell) => {
    process.exitCode = isWell ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
