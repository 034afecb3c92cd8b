import type { Clock } from '@shop/clock';
import type { Logger } from 'pino';
import type { Exchange } from './exchange.js';
import type { RequestMetrics } from './operations/metrics.js';
import type { Problem } from './problem.js';

export type ReportHost = { readonly logger: Logger; readonly metrics: RequestMetrics; readonly clock: Clock };

/** Counts an answer and writes its line of log. */
export type RequestReport = (exchange: Exchange, status: number, problem?: Problem) => void;

const valueIn = <Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value => {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
};
const level = (status: number) => (status === 500 ? 'error' : status === 503 ? 'warn' : 'info');

export const requestReport = ({ logger, metrics, clock }: ReportHost): RequestReport => {
  // A logger for each kind of answer, of which there are few: what all its lines say is made into text once.
  const kinds = new Map<string, Map<string, Map<number, Logger>>>();
  const loggerFor = (route: string, method: string, status: number): Logger => {
    const ofRoute = valueIn(kinds, route, () => new Map<string, Map<number, Logger>>());
    const ofMethod = valueIn(ofRoute, method, () => new Map<number, Logger>());
    return valueIn(ofMethod, status, () => logger.child({ method, route, status }));
  };
  return ({ request: { method = '' }, requestId, route, startedAt }, status, problem) => {
    const durationMs = clock.monotonic() - startedAt;
    metrics.observe(method, route, status, durationMs / 1_000);
    const ms = Math.round(durationMs * 1_000) / 1_000;
    const line =
      problem === undefined
        ? { requestId, ms }
        : status < 500 || problem.cause === undefined
          ? { requestId, ms, code: problem.code }
          : { requestId, ms, code: problem.code, err: problem.cause };
    loggerFor(route, method, status)[level(status)](line, 'answered');
  };
};
