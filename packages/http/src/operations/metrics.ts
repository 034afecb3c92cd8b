import { Gauge, Histogram, type Registry } from 'prom-client';

export type RequestMetrics = {
  /** Takes how many seconds an answer of this kind took. Ask once for each kind: its labels are checked then. */
  readonly durationsOf: (method: string, route: string, status: number) => (seconds: number) => void;
  readonly text: () => Promise<{ readonly contentType: string; readonly body: string }>;
};

/** `elsewhere`: how to get the metrics that are not in the registry. */
export const requestMetrics = (
  registry: Registry,
  inFlight: () => number,
  elsewhere: readonly (() => Promise<string>)[] = [],
): RequestMetrics => {
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From the arrival of the headers to the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  new Gauge({
    name: 'http_requests_in_flight',
    help: 'Requests taken and not yet answered',
    registers: [registry],
    collect() {
      this.set(inFlight());
    },
  });
  return {
    durationsOf: (method, route, status) => {
      const ofKind = durations.labels({ method, route, status });
      return (seconds) => {
        ofKind.observe(seconds);
      };
    },
    text: async () => {
      const parts = await Promise.all([registry.metrics(), ...elsewhere.map((ask) => ask())]);
      return { contentType: registry.contentType, body: parts.join('') };
    },
  };
};
