import { createServer, IncomingMessage, ServerResponse, type Server } from 'node:http';
import express, { type Express } from 'express';

/** Milliseconds, and bytes of all headers. Options of the server, since set later they are looked at every 30 seconds only. */
export type ServerLimits = {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  readonly connectionsCheckingInterval: number;
  readonly maxHeaderSize: number;
};
export const serverLimits: ServerLimits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8_192,
};
const mostConnections = 20_000;

/** Puts a class's prototype where Express's own one was, in front of `express.request` or `express.response`. */
const seat = (prototype: object, original: { readonly app: Express['request']['app'] }): object => {
  Object.setPrototypeOf(prototype, Reflect.getPrototypeOf(original));
  return Object.assign(prototype, { app: original.app });
};

export type TunedApp = {
  readonly app: Express;
  readonly createServer: (limits?: Partial<ServerLimits>) => Server;
  /** @throws where a request would change its prototype on the way through Express */
  readonly assertTuned: () => void;
};

/**
 * Express whose requests and responses are born with the prototypes that Express would give them. Express sets the prototype
 * of both for every request, and on objects of another class that alone costs several times the rest of `node:http`.
 * So nothing may be mounted on it that is an app of its own: routers only.
 */
export const tunedExpress = (): TunedApp => {
  class AppRequest extends IncomingMessage {}
  class AppResponse extends ServerResponse<AppRequest> {}
  const app = express();
  app.disable('etag').disable('x-powered-by').set('query parser', false);
  app.enable('case sensitive routing').enable('strict routing');
  Object.assign(app, { request: seat(AppRequest.prototype, app.request), response: seat(AppResponse.prototype, app.response) });
  const isTuned = () => Object.is(app.request, AppRequest.prototype) && Object.is(app.response, AppResponse.prototype);
  return {
    app,
    createServer: (limits = {}) => {
      // A missing host is refused by us: node:http would do it without a word.
      const options = { ...serverLimits, ...limits, requireHostHeader: false, IncomingMessage: AppRequest, ServerResponse: AppResponse };
      const server = createServer(options, app);
      server.maxConnections = mostConnections;
      return server;
    },
    assertTuned: () => {
      if (!isTuned()) throw new Error('Express would set the prototype of every request: its request and response were replaced');
    },
  };
};
