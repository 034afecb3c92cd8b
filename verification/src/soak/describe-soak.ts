import { quantile } from './quantile.js';
import type { SoakReport } from './soak.js';

const number = (value: number): string => value.toLocaleString('en-US');
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;

/** All counts, for people. */
export const describeSoak = ({
  requests,
  unanswered,
  longestStallMs,
  chaos,
  effects,
  linearizability,
  audit,
  findings,
}: SoakReport): string =>
  [
    `faults: ${number(chaos.kills)} SIGKILL (${number(chaos.killsWhileDown)} of them while it was down or starting), ${number(chaos.freezes)} SIGSTOP, ${number(chaos.stops)} SIGTERM`,
    `recovery: p50 ${seconds(quantile(chaos.recoveries, 0.5))}, p99 ${seconds(quantile(chaos.recoveries, 0.99))}, most ${seconds(Math.max(0, ...chaos.recoveries))}, from SIGKILL to an exact answer; the machine held up the customers themselves for at most ${seconds(longestStallMs)}`,
    `requests: ${number(requests)}, ${number(unanswered)} of them never answered`,
    `commands: ${number(effects.commands)}: ${number(effects.acknowledged)} acknowledged, ${number(effects.refused)} refused, ${number(effects.unknown)} unknown (${number(effects.unknownButThere)} of these have their effect)`,
    `linearizable: ${number(linearizability.operations)} operations on ${number(linearizability.wallets)} balances and ${number(linearizability.products)} stocks; ${number(linearizability.searched)} of these also searched without trusting a revision, ${number(linearizability.unsearched)} not`,
    `audit: ${audit.verdict}, ${number(audit.events)} events, ${audit.judged.join(' ')}`,
    findings.length === 0 ? 'nothing lost, nothing twice, nothing untrue' : `${number(findings.length)} FINDINGS`,
    ...findings.slice(0, 50).map((finding) => `  ${finding}`),
  ].join('\n');
