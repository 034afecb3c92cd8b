import { z } from 'zod';

/** Written beside every event; decisions and read models never depend on it. */
export const eventMetadata = z.object({
  /** Version of the stored shape of `data`, from 1. */
  version: z.int().min(1),
  /** `X-Request-Id` of the request that led here. */
  correlationId: z.string(),
  /** The command's id, or the event that a follow-up step answers to. */
  causationId: z.string(),
  /** Who asked: a token's subject, a user id, or `system:sweeper` and the like. */
  actor: z.string().optional(),
  /** W3C trace context of the request. */
  traceparent: z.string().optional(),
});
export type EventMetadata = z.infer<typeof eventMetadata>;
