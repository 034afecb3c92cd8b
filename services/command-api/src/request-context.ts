import type { Route, RouteRequest } from '@shop/http';
import type { CommandContext } from './writing/execute.js';
import type { Footing } from './writing/ground.js';

/** What the events of a request say about where they come from. `causationId` is the id of the command. */
export const contextOf = (
  { requestId, actor, traceparent, deadline }: Pick<RouteRequest<Route>, 'requestId' | 'actor' | 'traceparent' | 'deadline'>,
  causationId: string,
  footing: Footing | undefined,
): CommandContext => ({
  correlationId: requestId,
  causationId,
  actor,
  ...(traceparent !== undefined && { traceparent }),
  deadline,
  origin: 'client',
  footing,
});

/** The revision that `If-Match` names; `*` takes any. */
export const expectedRevision = (ifMatch: '*' | number | undefined): number | undefined => (ifMatch === '*' ? undefined : ifMatch);
