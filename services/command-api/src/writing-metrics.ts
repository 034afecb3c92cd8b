import { Counter, Histogram, type Registry } from 'prom-client';
import type { WritingMetrics } from './writing/metrics.js';

/** Counts what the writers report. Commands per append show how much is shared on a hot stream. */
export const writingMetrics = (registry: Registry): WritingMetrics => {
  const labelNames = ['kind'] as const;
  const registers = [registry];
  const appends = new Counter({ name: 'shop_appends_total', help: 'Appends acknowledged', labelNames, registers });
  const commands = new Counter({ name: 'shop_commands_decided_total', help: 'Commands decided by an append', labelNames, registers });
  const events = new Counter({ name: 'shop_events_written_total', help: 'Events written', labelNames, registers });
  const conflicts = new Counter({ name: 'shop_append_conflicts_total', help: 'Appends that met a newer revision', labelNames, registers });
  const unknown = new Counter({
    name: 'shop_append_unknown_total',
    help: 'Tries of appends without a definite outcome',
    labelNames,
    registers,
  });
  const queued = new Histogram({
    name: 'shop_commands_queued',
    help: 'Commands waiting for one stream as an append is sent',
    labelNames,
    buckets: [1, 2, 5, 10, 50, 100, 500, 1_000, 4_096],
    registers,
  });
  return {
    appended: (kind, decided, written) => {
      appends.inc({ kind });
      commands.inc({ kind }, decided);
      events.inc({ kind }, written);
    },
    conflicted: (kind) => conflicts.inc({ kind }),
    outcomeUnknown: (kind) => unknown.inc({ kind }),
    queued: (kind, waiting) => queued.observe({ kind }, waiting),
  };
};
