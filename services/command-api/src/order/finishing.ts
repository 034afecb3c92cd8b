import type { Clock } from '@shop/clock';
import type { CommandContext } from '../writing/execute.js';

/** Commands that finish an order are never turned away, and a client's deadline does not end them. */
export type Finishing = {
  /** In the name of the request that began it. */
  readonly after: (request: CommandContext) => CommandContext;
  /** In the shop's own name. */
  readonly as: (actor: string, correlationId: string, causationId: string) => CommandContext;
};

export const finishing = (clock: Clock, deadlineMs: number): Finishing => ({
  after: (request) => ({ ...request, origin: 'recovery', deadline: clock.monotonic() + deadlineMs }),
  as: (actor, correlationId, causationId) => ({
    correlationId,
    causationId,
    actor,
    origin: 'recovery',
    deadline: clock.monotonic() + deadlineMs,
  }),
});
