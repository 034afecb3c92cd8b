import { codeIn, type HistoryLine } from '@shop/audit';
import { commandsIn, effectOf, isDefinite, type Command } from '../history/commands.js';
import type { LogIndex } from '../history/log-index.js';

export type EffectReport = {
  readonly commands: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** Never answered for good; `unknownButThere` of them have their effect. */
  readonly unknown: number;
  readonly unknownButThere: number;
  readonly findings: readonly string[];
};

const effectsOf = ({ kind, attempts }: Command, { byRequest }: LogIndex): number =>
  attempts
    .flatMap(({ requestId }) => (requestId === undefined ? [] : (byRequest.get(requestId) ?? [])))
    .filter(({ event }) => event.type === effectOf[kind]).length;

/** Refused for good, and no try before it can have had an effect unseen. */
const isRefused = ({ attempts, acknowledged }: Command): boolean => acknowledged === undefined && attempts.every(isDefinite);

/** What was acknowledged is in the log exactly once, what nobody knows at most once, what was refused never. */
export const compareEffects = (history: readonly HistoryLine[], log: LogIndex): EffectReport => {
  const commands = commandsIn(history).map((command) => ({ command, effects: effectsOf(command, log) }));
  const acknowledged = commands.filter(({ command }) => command.acknowledged !== undefined);
  const refused = commands.filter(({ command }) => isRefused(command));
  const unknown = commands.filter(({ command }) => command.acknowledged === undefined && !isRefused(command));
  const wrong = (group: typeof commands, allowed: readonly number[], as: string): string[] =>
    group
      .filter(({ effects }) => !allowed.includes(effects))
      .map(({ command, effects }) => `${command.name}: ${as}, but ${effects} times in the log`);
  return {
    commands: commands.length,
    acknowledged: acknowledged.length,
    refused: refused.length,
    unknown: unknown.length,
    unknownButThere: unknown.filter(({ effects }) => effects > 0).length,
    findings: [
      ...wrong(acknowledged, [1], 'acknowledged'),
      ...wrong(refused, [0], 'refused'),
      ...wrong(unknown, [0, 1], 'of unknown outcome'),
    ],
  };
};

/** Answers 5xx to what was in flight when a process was asked to stop, but for codes that this cannot be the reason of. */
export const failedByStop = (
  history: readonly HistoryLine[],
  stops: readonly number[],
  unrelated: readonly string[] = [],
): readonly string[] =>
  history
    .filter(({ status, begin, end }) => (status ?? 0) >= 500 && stops.some((at) => begin < at && at < (end ?? Infinity)))
    .filter((line) => !unrelated.includes(codeIn(line) ?? ''))
    .map(({ method, path, status, answer }) => `${method} ${path} was in flight at a SIGTERM and got ${status}: ${JSON.stringify(answer)}`);
