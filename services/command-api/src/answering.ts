import { bind, type BoundRoute, type Handler, type Route } from '@shop/http';
import type { Now } from './writing/at-once.js';
import type { Footing, Ground } from './writing/ground.js';

export type FootedHandler<R extends Route> = (
  request: Parameters<Handler<R>>[0],
  footing: Footing | undefined,
) => Now<Awaited<ReturnType<Handler<R>>>>;

/** Ties a handler to its route. */
export type BindCommand = <R extends Route>(route: R, handler: FootedHandler<R>) => BoundRoute;

/** Nothing is answered, a refusal neither, before everything that it rests on is on disk. */
export const answeringOn =
  (ground: Ground): BindCommand =>
  (route, handler) =>
    bind(route, async (request) => {
      const footing = ground.stand();
      try {
        const answered = handler(request, footing);
        const answer = answered instanceof Promise ? await answered : answered;
        const firm = ground.firm(footing);
        if (firm) await firm;
        return answer;
      } catch (fault) {
        await ground.firm(footing, fault);
        throw fault;
      }
    });
