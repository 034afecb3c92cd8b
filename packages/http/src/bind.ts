import type { BoundRoute, Handler, Route } from './route.js';

/** Ties a handler to its route; the pipeline hands it only what the route's own schemas let through. */
export const bind = <R extends Route>(route: R, handler: Handler<R>): BoundRoute => ({ route, handle: handler });
