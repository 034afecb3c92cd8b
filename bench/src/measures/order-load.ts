import { join } from 'node:path';
import { accepted, answered, type PhaseResult } from '../load/load-plan.js';
import { placeLoad } from '../load/place-load.js';
import type { Workload } from '../load/workload.js';
import { cpuSeconds } from '../processes/cpu-time.js';
import { endProcess, printed, serverWords, startProcess } from '../processes/child-process.js';
import { catchUp } from '../shop/caught-up.js';
import { checkAndStop } from '../shop/check-shop.js';
import { fillShop, needsOf } from '../shop/fill-shop.js';
import { startShop } from '../shop/running-shop.js';
import type { Reading, Turn, Variant } from './measure.js';

const saturated = 0.95;

export type Window = {
  readonly warmUp: PhaseResult | undefined;
  readonly result: PhaseResult;
  readonly cpuMicroseconds: number | undefined;
};

/** Of a shop of several processes the processor's time is not told. */
export const loadOn = async (
  { url, pid }: { readonly url: string; readonly pid?: number },
  work: Workload,
  turn: Turn,
): Promise<Window> => {
  const { connections, seconds } = turn.settings;
  const warmUpSeconds = work.kind === 'baskets' ? 0 : turn.settings.warmUpSeconds; // each basket is bought once
  let before: number | undefined;
  let after: number | undefined;
  const { warmUp, result } = await placeLoad(
    { url, connections, seed: turn.seed, work, warmUpSeconds, seconds },
    pid === undefined ? {} : { measuring: () => (before = cpuSeconds(pid)), measured: () => (after = cpuSeconds(pid)) },
  );
  const cpuMicroseconds = before === undefined || after === undefined ? undefined : ((after - before) * 1e6) / accepted(result);
  return { warmUp, result, cpuMicroseconds };
};

export const details = ({ result, cpuMicroseconds }: Window): Record<string, number> => ({
  'accepted/s': accepted(result) / result.seconds,
  'p50 ms': result.p50Ms,
  'p99 ms': result.p99Ms,
  ...(cpuMicroseconds !== undefined && { 'CPU µs per order': cpuMicroseconds }),
  'load process, cores': result.generatorShare,
});

export const failures = ({ result, warmUp }: Window): readonly string[] =>
  [result, ...(warmUp ? [warmUp] : [])].flatMap((phase) => {
    const others = answered(phase) - accepted(phase);
    return others + phase.errors > 0
      ? [`${others} answers were no 201 (${JSON.stringify(phase.statuses)}), ${phase.errors} requests broke`]
      : [];
  });

export const remarks = ({ result }: Window): readonly string[] =>
  result.generatorShare > saturated ? ['the load process filled its core: the rate is a lower bound'] : [];

/** Where the profiles of a variant's shops go, if anywhere. */
export const profilesOf = ({ settings: { profiles } }: Turn, name: string): string | undefined =>
  profiles === undefined ? undefined : join(profiles, name.replaceAll(/\W+/g, '-'));

/** Orders per second that a shop has finished: sold, shown and sent to the feed, not only accepted. */
export const shopUnder = (
  name: string,
  work: Workload,
  program?: { readonly program: URL; readonly words: readonly string[] },
): Variant => ({
  name,
  unit: 'completed/s',
  run: async (turn: Turn): Promise<Reading> => {
    const start = program ?? { words: ['--no-seed'] };
    const shop = await startShop({
      folder: turn.folder,
      ...start,
      profiles: profilesOf(turn, name),
    });
    const needs = needsOf(work);
    await fillShop(shop.url, needs);
    const window = await loadOn(shop, work, turn);
    const { result, warmUp } = window;
    const { seconds: catchUpSeconds, fault } = await catchUp(shop);
    const acceptedOrders = accepted(result) + (warmUp ? accepted(warmUp) : 0);
    const users = needs.charges.map(({ userId }) => userId);
    const faults = await checkAndStop(shop, users, acceptedOrders);
    return {
      value: accepted(result) / (result.seconds + catchUpSeconds),
      details: { ...details(window), 'catch-up s': catchUpSeconds },
      faults: [...failures(window), ...(fault === undefined ? [] : [fault]), ...faults],
      remarks: remarks(window),
    };
  },
});

/** Requests per second that a server answers without any shop behind it. */
export const echoUnder = (name: string, work: Workload, program: URL): Variant => ({
  name,
  unit: 'answers/s',
  run: async (turn: Turn): Promise<Reading> => {
    const output = join(turn.folder, 'peer.log');
    const peer = startProcess({ program, nodeWords: serverWords, output });
    const url = await printed(/(http:\/\/[\d.]+:\d+)/, output, peer);
    const window = await loadOn({ url, pid: peer.pid }, work, turn);
    await endProcess(peer, 'SIGTERM');
    const { result } = window;
    return { value: accepted(result) / result.seconds, details: details(window), faults: failures(window), remarks: remarks(window) };
  },
});
