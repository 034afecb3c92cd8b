import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CommanderError } from 'commander';
import { readCommandLine, type Options } from './command-line.js';
import { appendCalls, headRequests } from './measures/calls.js';
import { cluster } from './measures/cluster.js';
import { stockExpress, tunedExpress } from './measures/echo.js';
import { hotProduct } from './measures/hot-product.js';
import type { Measure } from './measures/measure.js';
import { priceOfDurability } from './measures/price-of-durability.js';
import { realBaskets } from './measures/real-baskets.js';
import { rebuildReadModel } from './measures/rebuild.js';
import { restartAfterKill, startUp } from './measures/start-up.js';
import { killAll } from './processes/child-process.js';
import { recordResults } from './report/record.js';
import { isPassed, reportOf } from './report/report.js';
import { runRounds } from './rounds/run-rounds.js';

const measures: readonly Measure[] = [
  stockExpress,
  tunedExpress,
  hotProduct,
  priceOfDurability,
  rebuildReadModel,
  appendCalls,
  headRequests,
  startUp,
  restartAfterKill,
  realBaskets(process.env['BASKETS_DIR'] ?? ''),
  cluster,
];

const tell = (line: string): void => void process.stderr.write(`${line}\n`);

const memoryFileSystem = 0x01021994;

/** @throws Error for a file system in memory, where a durable write costs nothing and all ratios flatter */
const makeFolder = (parent: string): string => {
  if (statfsSync(parent).type === memoryFileSystem) throw new Error(`${parent} is in memory: choose a folder on a disk with --folder`);
  return mkdtempSync(join(parent, 'shop-bench-'));
};

const git = (...words: string[]): string => execFileSync('git', words, { encoding: 'utf8', cwd: import.meta.dirname }).trim();
const commit = (): string => {
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' with changes'}`;
  } catch {
    return 'unknown';
  }
};

const machine = (loadBefore: number): string =>
  `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}, ${process.platform}; load average before the run ${loadBefore.toFixed(1)}`;

const runBench = async (options: Options, folder: string): Promise<boolean> => {
  const { quick, record, names, profiles, warmUp, ...settings } = options;
  const chosen = measures.filter(({ id }) => names.length === 0 || names.includes(id));
  for (const { id, skipped } of chosen) if (skipped !== undefined) tell(`${id} SKIPPED: ${skipped}`);
  const runnable = chosen.filter(({ skipped }) => skipped === undefined);
  const loadBefore = loadavg()[0] ?? 0;
  tell(
    `seed ${settings.seed}, ${settings.rounds} rounds of ${warmUp} + ${settings.seconds} s, ${settings.connections} connections, ${folder}`,
  );
  const run = await runRounds(runnable, {
    folder,
    settings: { ...settings, warmUpSeconds: warmUp, profiles: profiles === undefined ? undefined : resolve(profiles) },
    tell,
  });
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  const report = reportOf(chosen, run, {
    commit: commit(),
    command,
    date: new Date().toISOString().slice(0, 10),
    machine: machine(loadBefore),
    quick,
  });
  process.stdout.write(`\n${report}`);
  for (const fault of run.faults) tell(`VOID: ${fault}`);
  if (record) tell(run.faults.length > 0 ? 'not recorded: the run is void' : `recorded in ${await recordResults(report)}`);
  return isPassed(runnable, run);
};

const main = async (): Promise<number> => {
  const options = readCommandLine(
    process.argv.slice(2),
    measures.map(({ id }) => id),
  );
  const folder = makeFolder(options.folder ?? tmpdir());
  const cleanUp = (): void => {
    killAll();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      cleanUp();
      process.exit(130);
    });
  try {
    return (await runBench(options, folder)) ? 0 : 1;
  } finally {
    cleanUp();
  }
};

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    tell(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 1;
  }
}
