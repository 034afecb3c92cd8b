import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { clientOf } from '@shop/all-in-one/testing/client';
import { recordingClient } from '@shop/all-in-one/testing/recording-client';
import { readHistory, type AuditReport, type HistoryLine } from '@shop/audit';
import { seededRandom, systemClock } from '@shop/clock';
import { indexLog } from '../history/log-index.js';
import { judgeLinearizability, type LinearizabilityReport } from '../linearizability/judge.js';
import { chaos, type ChaosReport } from './chaos.js';
import { customerOf } from './customer.js';
import { compareEffects, failedByStop, type EffectReport } from './effects.js';
import { impatient, patientAtTheDoor, persistentClient } from './persistent-client.js';
import type { Topology } from './topology.js';

export type SoakOptions = {
  readonly topology: Topology;
  readonly seed: number;
  readonly loadMs: number;
  readonly customers: number;
  readonly longestFreezeMs: number;
  /** Where the clients' history goes: not where the shop keeps its data. */
  readonly historyFile: string;
  readonly tell: (line: string) => void;
};

export type SoakReport = {
  readonly requests: number;
  readonly unanswered: number;
  /** The longest that the customers themselves were held up by the machine: no time is to be trusted beyond it. */
  readonly longestStallMs: number;
  readonly chaos: ChaosReport;
  readonly effects: EffectReport;
  readonly linearizability: LinearizabilityReport;
  readonly audit: AuditReport;
  /** Everything that must not be, of all judges. */
  readonly findings: readonly string[];
};

/** How long customers may go on asking when nothing is broken any more. */
const answerLimitMs = 60_000;
/** The sweep limit, and 30 s (I13). */
const settleLimitMs = 75_000;
const settleLookMs = 1_000;
const reportEveryMs = 15_000;
/** Customers stop to think: else a long run leaves more history than a judge can hold. */
const longestThoughtMs = 40;

type Load = { readonly done: Promise<readonly string[]>; readonly sent: () => number };

/** Customers who go on until `ended`, and then finish what they are about. */
const load = ({ topology, seed, customers, tell }: SoakOptions, keep: (line: string) => void, ended: AbortSignal): Load => {
  const client = clientOf(topology.url, 256);
  const gone = new AbortController();
  const findings: string[] = [];
  let sent = 0;
  const unexpected = (finding: string): void => {
    if (findings.length < 20) findings.push(`unexpected answer: ${finding}`);
    tell(`FINDING: ${finding}`);
  };
  const act = async (number: number): Promise<void> => {
    const random = seededRandom(seed + 1_000 * (number + 1));
    const { call } = recordingClient(patientAtTheDoor(impatient(client.call), gone.signal), `c${number}`, (line) => {
      sent += 1;
      keep(line);
    });
    const customer = customerOf({ number, client: persistentClient(call, random, gone.signal), random, unexpected });
    while (!ended.aborted) {
      await customer.act();
      await systemClock.sleep(random() * longestThoughtMs, ended);
    }
  };
  const all = Promise.all(Array.from({ length: customers }, (_, number) => act(number)));
  const run = async (): Promise<readonly string[]> => {
    await new Promise<void>((resolve) => ended.addEventListener('abort', () => resolve(), { once: true }));
    const finished = new AbortController();
    void systemClock.sleep(answerLimitMs, finished.signal).then(() => {
      if (finished.signal.aborted) return;
      findings.push(`no last word within ${answerLimitMs / 1_000} s though nothing was broken any more`);
      gone.abort();
    });
    await all;
    finished.abort();
    client.close();
    return findings;
  };
  return { done: run(), sent: () => sent };
};

const isSettling = ({ violations }: AuditReport): boolean => Object.keys(violations).every((invariant) => invariant === 'I13');

/** Again until what is under way has come to its end; anything else wrong ends it at once. */
const untilSettled = async ({ audit }: Topology): Promise<void> => {
  for (const begun = performance.now(); performance.now() - begun < settleLimitMs; await systemClock.sleep(settleLookMs)) {
    const report = await audit({ quiet: true });
    if (report.verdict !== 'violated' || !isSettling(report)) return;
  }
};

const readHistoryFile = (file: string): Promise<HistoryLine[]> => readHistory(createInterface({ input: createReadStream(file) }));

const judge = async (topology: Topology, historyFile: string) => {
  await untilSettled(topology);
  const audit = await topology.audit({ quiet: true, history: historyFile });
  const history = await readHistoryFile(historyFile);
  const log = await indexLog(topology.closeBooks());
  return { audit, history, effects: compareEffects(history, log), linearizability: judgeLinearizability(history, log) };
};

/** Load, faults, quiet; then every judge there is. */
export const soak = async (options: SoakOptions): Promise<SoakReport> => {
  const { topology, seed, loadMs, longestFreezeMs, historyFile, tell } = options;
  const noted = createWriteStream(historyFile, { flags: 'w' });
  const stalls = monitorEventLoopDelay();
  stalls.enable();
  const [noMoreFaults, noMoreOrders] = [new AbortController(), new AbortController()];
  const customers = load(options, (line) => noted.write(line), noMoreOrders.signal);
  void systemClock.sleep(loadMs).then(() => noMoreFaults.abort());
  const progress = setInterval(() => tell(`${customers.sent()} requests`), reportEveryMs);
  const faults = await chaos({ topology, random: seededRandom(seed), longestFreezeMs, tell }, noMoreFaults.signal);
  noMoreOrders.abort();
  const unexpected = await customers.done;
  clearInterval(progress);
  stalls.disable();
  noted.end();
  await once(noted, 'finish');
  tell(`${customers.sent()} requests, ${faults.kills} kills; no more faults, waiting until all is settled`);

  const { audit, history, effects, linearizability } = await judge(topology, historyFile);
  return {
    requests: history.length,
    unanswered: history.filter(({ status }) => status === null).length,
    longestStallMs: stalls.max / 1_000_000,
    chaos: faults,
    effects,
    linearizability,
    audit,
    findings: [
      ...faults.findings,
      ...unexpected,
      ...failedByStop(history, faults.calmStops, topology.stopsProjector ? [] : ['READ_MODEL_LAGGING']),
      ...effects.findings,
      ...linearizability.findings,
      ...audit.findings.map(({ invariant, about, expected, found }) => `${invariant} ${about}: expected ${expected}, found ${found}`),
      ...(audit.verdict === 'undecided' ? ['the audit could not decide'] : []),
    ],
  };
};
