import { systemClock, type Random } from '@shop/clock';
import { struck, type Noted, type Struck } from './strikes.js';
import type { Topology } from './topology.js';

export type ChaosOptions = {
  readonly topology: Topology;
  readonly random: Random;
  /** The longest that a process is frozen, in milliseconds. */
  readonly longestFreezeMs: number;
  readonly tell: (line: string) => void;
};

/** All times in milliseconds of the clock of the clients' history. */
export type ChaosReport = {
  readonly kills: number;
  readonly killsWhileDown: number;
  readonly freezes: number;
  readonly stops: number;
  /** When SIGTERM was sent to one process while all others were well. */
  readonly calmStops: readonly number[];
  readonly recoveries: readonly number[];
  readonly findings: readonly string[];
};

const [shortestPauseMs, longestPauseMs] = [250, 1_000];
const shortestFreezeMs = 1_000;
/** So many strikes wait until the process has recovered; the others may hit it while it starts. */
const patientShare = 0.75;
/** Of the strikes; the rest are freezes. */
const [killShare, stopShare] = [0.93, 0.05];
/** Between two stops of a rolling restart. */
const calmMs = 500;

const strikeOnce = async (targets: readonly Struck[], { random, longestFreezeMs }: ChaosOptions, ended: AbortSignal): Promise<void> => {
  const target = targets[Math.floor(random() * targets.length)];
  // All drawn at once, so that one seed is one plan whatever happens meanwhile.
  const [isPatient, pauseMs, chance, freezeMs] = [
    random() < patientShare,
    shortestPauseMs + random() * (longestPauseMs - shortestPauseMs),
    random(),
    shortestFreezeMs + random() ** 3 * (longestFreezeMs - shortestFreezeMs),
  ];
  if (!target) return;
  if (isPatient || chance >= killShare) await target.untilUp();
  await systemClock.sleep(pauseMs, ended);
  if (ended.aborted) return;
  if (chance < killShare || !target.isUp()) await target.kill();
  else if (chance < killShare + stopShare) await target.stop();
  else await target.freeze(freezeMs, ended);
};

/** Stops and starts one process after the other, as an upgrade does. Answers when each was asked to stop. */
const rollingRestart = async (targets: readonly Struck[]): Promise<readonly number[]> => {
  const stops: number[] = [];
  for (const target of targets) {
    await systemClock.sleep(calmMs);
    const at = await target.stop();
    await target.untilUp();
    if (at !== undefined) stops.push(at);
  }
  return stops;
};

/**
 * Kills, freezes and stops processes at random until `ended`, and starts them again; then one rolling restart, and all of them are up.
 * A process that does not come up again is a finding, and the end.
 */
export const chaos = async (options: ChaosOptions, ended: AbortSignal): Promise<ChaosReport> => {
  const { topology, tell } = options;
  const findings: string[] = [];
  const finding = (text: string): void => {
    findings.push(text);
    tell(`FINDING: ${text}`);
  };
  const noted: Noted = { kills: 0, killsWhileDown: 0, freezes: 0, stops: 0, recoveries: [], finding };
  const targets = topology.victims.map((victim) => struck(victim, topology, noted));
  while (!ended.aborted && findings.length === 0) await strikeOnce(targets, options, ended);
  await Promise.all(targets.map((target) => target.untilUp()));
  const calmStops = findings.length === 0 ? await rollingRestart(targets) : [];
  return { ...noted, calmStops, findings };
};
