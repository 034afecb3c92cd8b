import type { Clock } from '@shop/clock';
import type { CommandContext } from '../writing/execute.js';
import type { Footing, Ground } from '../writing/ground.js';

/** Commands that finish an order are never turned away, and a client's deadline does not end them. */
export type Finishing = {
  /** In the name of the request that began it. */
  readonly after: (request: CommandContext) => CommandContext;
  /** For work in the shop's own name, before it looks at anything. */
  readonly stand: () => Footing | undefined;
  /** In the shop's own name. */
  readonly as: (actor: string, correlationId: string, causationId: string, footing: Footing | undefined) => CommandContext;
};

export const finishing = (clock: Clock, ground: Ground, deadlineMs: number): Finishing => ({
  after: (request) => ({ ...request, origin: 'recovery', deadline: clock.monotonic() + deadlineMs }),
  stand: ground.stand,
  as: (actor, correlationId, causationId, footing) => ({
    correlationId,
    causationId,
    actor,
    deadline: clock.monotonic() + deadlineMs,
    origin: 'recovery',
    footing,
  }),
});
