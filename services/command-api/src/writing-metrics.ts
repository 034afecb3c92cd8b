import { Counter, Histogram, type Registry } from 'prom-client';
import type { WritingMetrics } from './writing/metrics.js';

const labelNames = ['kind'] as const;

/** Counted in plain numbers and handed over when they are asked for: the writers report several times for every order. */
const counter = (registry: Registry, name: string, help: string): ((kind: string, by: number) => void) => {
  const totals = new Map<string, number>();
  const collect = function (this: Counter<'kind'>): void {
    this.reset();
    for (const [kind, total] of totals) this.inc({ kind }, total);
  };
  new Counter({ name, help, labelNames, registers: [registry], collect });
  return (kind, by) => totals.set(kind, (totals.get(kind) ?? 0) + by);
};

/** Counts what the writers report. Commands per append show how much is shared on a hot stream. */
export const writingMetrics = (registry: Registry): WritingMetrics => {
  const appends = counter(registry, 'shop_appends_total', 'Appends acknowledged');
  const commands = counter(registry, 'shop_commands_decided_total', 'Commands decided by an append');
  const events = counter(registry, 'shop_events_written_total', 'Events written');
  const conflicts = counter(registry, 'shop_append_conflicts_total', 'Appends that met a newer revision');
  const unknown = counter(registry, 'shop_append_unknown_total', 'Tries of appends without a definite outcome');
  const queued = new Histogram({
    name: 'shop_commands_queued',
    help: 'Commands waiting for one stream as an append is sent',
    labelNames,
    buckets: [1, 2, 5, 10, 50, 100, 500, 1_000, 4_096],
    registers: [registry],
  });
  return {
    appended: (kind, decided, written) => {
      appends(kind, 1);
      commands(kind, decided);
      events(kind, written);
    },
    conflicted: (kind) => conflicts(kind, 1),
    outcomeUnknown: (kind) => unknown(kind, 1),
    queued: (kind, waiting) => queued.observe({ kind }, waiting),
  };
};
