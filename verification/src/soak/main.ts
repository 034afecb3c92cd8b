import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CommanderError } from 'commander';
import { killAll } from '../processes/program.js';
import { allInOneTopology } from './all-in-one-topology.js';
import { clusterTopology } from './cluster-topology.js';
import { readCommandLine, type SoakWords } from './command-line.js';
import { describeSoak } from './describe-soak.js';
import { soak } from './soak.js';

/** Longer than any request may take, and than anyone waits; in a short run not most of it. */
const longestFreezeMs = (loadMs: number): number => Math.max(1_000, Math.min(25_000, loadMs / 20));
const tell = (line: string): void => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

const run = async ({ minutes, cluster, seed, customers }: SoakWords, folder: string): Promise<number> => {
  mkdirSync(folder, { recursive: true });
  const topology = await (cluster ? clusterTopology : allInOneTopology)(join(folder, 'data'));
  tell(`soak of ${minutes} min on ${topology.name}, seed ${seed}, ${customers} customers, in ${folder}`);
  const loadMs = minutes * 60_000;
  const historyFile = join(folder, 'history.ndjson');
  const report = await soak({ topology, seed, customers, historyFile, tell, loadMs, longestFreezeMs: longestFreezeMs(loadMs) });
  process.stdout.write(`${describeSoak(report)}\n`);
  return report.findings.length === 0 ? 0 : 1;
};

const main = async (): Promise<number> => {
  const words = readCommandLine(process.argv.slice(2), () => Math.floor(Math.random() * 2 ** 31));
  const folder = words.folder === undefined ? mkdtempSync(join(tmpdir(), 'shop-soak-')) : resolve(words.folder);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      killAll();
      process.exit(130);
    });
  let code = 1;
  try {
    code = await run(words, folder);
    return code;
  } finally {
    killAll();
    if (words.folder === undefined && code === 0) rmSync(folder, { recursive: true, force: true });
    else tell(`data and history are in ${folder}`);
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
