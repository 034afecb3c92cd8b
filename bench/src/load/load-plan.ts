import { z } from 'zod';
import { workload } from './workload.js';

/** What the load process is told to do. */
export const loadPlan = z.object({
  url: z.string(),
  connections: z.int().min(1),
  seed: z.int(),
  work: workload,
  warmUpSeconds: z.number(),
  seconds: z.number(),
});
export type LoadPlan = z.infer<typeof loadPlan>;

export const phaseResult = z.object({
  /** From the first request to the last answer. */
  seconds: z.number(),
  /** Answers by status. */
  statuses: z.record(z.string(), z.int()),
  /** Broken connections and requests without an answer. */
  errors: z.int(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  /** Share of one core that the load process used: near 1, its own speed was measured. */
  generatorShare: z.number(),
});
export type PhaseResult = z.infer<typeof phaseResult>;

/** What the load process says while it runs. */
export const loadMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('measuring') }),
  z.object({ kind: z.literal('measured'), warmUp: phaseResult.optional(), result: phaseResult }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
]);
export type LoadMessage = z.infer<typeof loadMessage>;

export const accepted = ({ statuses }: PhaseResult): number => statuses['201'] ?? 0;
export const answered = ({ statuses }: PhaseResult): number => Object.values(statuses).reduce((sum, count) => sum + count, 0);
