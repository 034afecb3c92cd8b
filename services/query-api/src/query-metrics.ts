import { Counter, Gauge, type Registry } from 'prom-client';

export type QueryMetrics = { readonly headAsked: () => void; readonly showWaiting: (waiting: () => number) => void };

export const queryMetrics = (registry: Registry): QueryMetrics => {
  const asked = new Counter({
    name: 'shop_read_head_requests_total',
    help: 'Times the event store was asked where the log ends; one answer serves every read that waits for it',
    registers: [registry],
  });
  return {
    headAsked: () => asked.inc(),
    showWaiting: (waiting) => {
      const gauge: Gauge = new Gauge({
        name: 'shop_reads_waiting',
        help: 'Reads that wait for the end of the log or for their read models',
        registers: [registry],
        collect: () => {
          gauge.set(waiting());
        },
      });
    },
  };
};
