import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@shop/clock';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { answers as answersOf, type Answers } from './answer.js';
import { implementedRoutes } from './contract/index.js';
import type { Exchange } from './exchange.js';
import { expressApp } from './express-app.js';
import { inFlightRequests } from './in-flight.js';
import { authenticator } from './identity/authenticate.js';
import { rateLimit } from './identity/rate-limit.js';
import { answerMalformed } from './malformed-requests.js';
import { requestMetrics } from './operations/metrics.js';
import { operationEntries } from './operations/operation-routes.js';
import { readinessOf } from './operations/readiness.js';
import { Problem } from './problem.js';
import { requestIdOf } from './request-headers.js';
import { requestReport } from './request-report.js';
import type { Route } from './route.js';
import { assertBindable, forwardingEntries, pathEntries } from './route-table.js';
import { routeServer } from './serve-route.js';
import type { ServerLimits } from './server.js';
import type { Readiness, Service } from './service.js';
import type { HttpSettings } from './settings.js';

/** Answers in the place of other processes; what every service has in common a gateway answers itself. */
export type Gateway = {
  readonly forward: (exchange: Exchange, answers: Answers) => void;
  readonly readiness: () => Promise<Readiness>;
};

export type HttpHost = {
  readonly services: readonly Service[];
  /** Takes every route of the contract, and all below `/ops`, instead of services. */
  readonly gateway?: Gateway;
  readonly settings: HttpSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  readonly registry: Registry;
  /** All routes of the shop, those of other services too. */
  readonly contract?: readonly Route[];
  readonly limits?: Partial<ServerLimits>;
  /** How long a graceful stop waits for requests under way, in milliseconds. */
  readonly stopLimitMs?: number;
  readonly verifyAnswers?: boolean;
};

export type HttpServer = {
  readonly server: Server;
  /** Where `OPS_PORT` is set. */
  readonly opsServer: Server | undefined;
  /** Resolves with the ports taken; rejects where one cannot be had. */
  readonly listen: () => Promise<{ readonly port: number; readonly opsPort: number | undefined }>;
  /** Not ready at once, then no new connections; resolves when what was under way has been answered, or was cut off at the limit. */
  readonly stop: () => Promise<void>;
};

const mostInFlight = 10_000;
/** A handler answers by its own deadline; one that does not is answered for, this long after. */
const graceMs = 1_000;
const watchEveryMs = 500;
const flushMs = 200;

const healthPaths = ['/healthz', '/readyz'];
const isOps = ({ path }: { readonly path: string }) => path === '/metrics' || path.startsWith('/ops/');
const stopping: Readiness = { status: 'not_ready', checks: { server: 'stopping' }, parked: [] };

const listenOn = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address: AddressInfo | string | null = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeIdleConnections();
  });

/**
 * The HTTP side of one process: the routes of its services and those that every service has, behind one pipeline.
 * @throws Error where a route declares no access, is bound twice or is not in the contract
 */
export const createHttpServer = (host: HttpHost): HttpServer => {
  const { services, gateway, settings, clock, logger, newId, contract = implementedRoutes, stopLimitMs = 10_000 } = host;
  const bound = services.flatMap(({ routes }) => routes);
  assertBindable(bound, contract);

  const inFlight = inFlightRequests();
  const ended = new AbortController();
  let isStopping = false;
  const elsewhere = services.flatMap((service) => service.metrics ?? []);
  const metrics = requestMetrics(host.registry, inFlight.size, elsewhere);
  const answers = answersOf({
    settings,
    logger,
    report: requestReport({ logger, metrics, clock }),
    inFlight,
    isStopping: () => isStopping,
  });
  const authenticate = authenticator(settings.auth, clock);
  const takeTurn = rateLimit(settings.rateLimitPerSecond, clock);
  const serve = routeServer({ settings, clock, answers, authenticate, takeTurn, verifyAnswers: host.verifyAnswers ?? false });
  const readiness = async () => (isStopping ? stopping : gateway ? gateway.readiness() : readinessOf(services));

  const open = (request: IncomingMessage, response: ServerResponse, route: string): Exchange => {
    const url = request.url ?? '/';
    const question = url.indexOf('?');
    const exchange: Exchange = {
      place: undefined,
      request,
      response,
      requestId: requestIdOf(request.headers, newId),
      receivedAt: clock.now(),
      startedAt: clock.monotonic(),
      path: question < 0 ? url : url.slice(0, question),
      queryString: question < 0 ? '' : url.slice(question + 1),
      route,
      deadline: Infinity,
      answered: false,
      onEnd: undefined,
    };
    inFlight.add(exchange);
    return exchange;
  };

  /** One watch over all requests: a timer for each would cost more than many of them. */
  const watch = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await clock.sleep(watchEveryMs, ended.signal);
      const now = clock.monotonic();
      for (const exchange of inFlight.all())
        if (exchange.deadline + graceMs < now)
          answers.fail(
            exchange,
            new Problem(exchange.request.method === 'GET' || exchange.request.method === 'HEAD' ? 'OVERLOADED' : 'OUTCOME_UNKNOWN'),
          );
    }
  };

  const within = async (ms: number, done: Promise<unknown>): Promise<void> => {
    const settled = new AbortController();
    void done.then(() => {
      settled.abort();
    });
    await clock.sleep(ms, settled.signal);
  };

  const routed = gateway
    ? forwardingEntries(contract, (exchange) => gateway.forward(exchange, answers))
    : pathEntries(contract, bound, serve);
  const entries = [...routed, ...operationEntries({ answers, settings, authenticate, metrics, readiness, contract })];
  const apart = settings.opsPort !== undefined;
  const appOf = (shown: typeof entries) =>
    expressApp({ entries: shown, answers, settings, open, hasRoom: () => inFlight.size() <= mostInFlight });
  const server = appOf(apart ? entries.filter((entry) => !isOps(entry)) : entries).createServer(host.limits);
  const opsServer = apart
    ? appOf(entries.filter((entry) => isOps(entry) || healthPaths.includes(entry.path))).createServer(host.limits)
    : undefined;
  const servers = opsServer ? [server, opsServer] : [server];
  for (const each of servers) answerMalformed(each, { answers, inFlight, open });

  return {
    server,
    opsServer,
    listen: async () => {
      for (const warning of settings.warnings) logger.warn(warning);
      void watch();
      const port = await listenOn(server, settings.port, settings.host);
      const opsPort = opsServer && (await listenOn(opsServer, settings.opsPort ?? 0, settings.opsHost));
      return { port, opsPort };
    },
    stop: async () => {
      isStopping = true;
      const allClosed = Promise.all(servers.map(closed));
      await within(stopLimitMs, inFlight.whenNone());
      // Answers on their way out get a moment; connections that never asked for anything would stay until their time-out.
      await within(flushMs, allClosed);
      for (const each of servers) each.closeAllConnections();
      await allClosed;
      ended.abort();
    },
  };
};
