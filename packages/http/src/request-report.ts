import type { Clock } from '@shop/clock';
import type { Logger } from 'pino';
import type { Exchange } from './exchange.js';
import type { RequestMetrics } from './operations/metrics.js';
import type { Problem } from './problem.js';

export type ReportHost = { readonly logger: Logger; readonly metrics: RequestMetrics; readonly clock: Clock };

/** Answers of one route, method and status. */
type Kind = { readonly lines: Logger; readonly observe: (seconds: number) => void };

/** Counts an answer and writes its line of log. */
export type RequestReport = (exchange: Exchange, status: number, problem?: Problem) => void;

const valueIn = <Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value => {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
};
const level = (status: number) => (status === 500 ? 'error' : status === 503 ? 'warn' : 'info');

export const requestReport = ({ logger, metrics, clock }: ReportHost): RequestReport => {
  // What an answer is of is one of few kinds: what all lines of a kind say is made into text once, and so are its labels.
  const kinds = new Map<string, Map<string, Map<number, Kind>>>();
  const kindOf = (route: string, method: string, status: number): Kind => {
    const ofRoute = valueIn(kinds, route, () => new Map<string, Map<number, Kind>>());
    const ofMethod = valueIn(ofRoute, method, () => new Map<number, Kind>());
    return valueIn(ofMethod, status, () => ({
      lines: logger.child({ method, route, status }),
      observe: metrics.durationsOf(method, route, status),
    }));
  };
  return ({ request: { method = '' }, requestId, route, startedAt }, status, problem) => {
    const durationMs = clock.monotonic() - startedAt;
    const { lines, observe } = kindOf(route, method, status);
    observe(durationMs / 1_000);
    const ms = Math.round(durationMs * 1_000) / 1_000;
    const line =
      problem === undefined
        ? { requestId, ms }
        : status < 500 || problem.cause === undefined
          ? { requestId, ms, code: problem.code }
          : { requestId, ms, code: problem.code, err: problem.cause };
    lines[level(status)](line, 'answered');
  };
};
