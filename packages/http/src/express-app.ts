import { Router, type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import type { Answers } from './answer.js';
import { corsPreflight } from './cors.js';
import type { Exchange } from './exchange.js';
import { refuseForeign } from './identity/foreign-pages.js';
import { invalidInput } from './input-errors.js';
import { hostMissing, lacksHost } from './malformed-requests.js';
import { Problem } from './problem.js';
import type { PathEntry } from './route-table.js';
import { tunedExpress, type TunedApp } from './server.js';
import type { HttpSettings } from './settings.js';

export type AppHost = {
  readonly entries: readonly PathEntry[];
  readonly answers: Answers;
  readonly settings: HttpSettings;
  readonly open: (request: Request, response: Response, route: string) => Exchange;
  /** False where as much is being worked on as this process takes. */
  readonly hasRoom: () => boolean;
};

/** A path that cannot be decoded is the client's mistake; anything else that Express hands over is a fault. */
const asProblem = (error: unknown): unknown =>
  error instanceof URIError || (error instanceof Error && 'status' in error && error.status === 400)
    ? invalidInput({ in: 'path', path: [], code: 'invalid_format', rule: 'encoding' })
    : error;

/** A browser at the bare address: who typed it in wants to see something. */
const isBareVisit = ({ method, headers }: Request, { path }: Exchange): boolean =>
  path === '/' && method === 'GET' && headers.accept?.includes('text/html') === true;

const isPattern = (path: string): boolean => /[:*]/.test(path);

/** One Express app over the entries of a route table, and problems for everything else. */
export const expressApp = ({ entries, answers, settings, open, hasRoom }: AppHost): TunedApp => {
  const tuned = tunedExpress();
  const refuse = refuseForeign(settings);
  const hasDocs = entries.some(({ path }) => path === '/docs');
  const router = Router({ caseSensitive: true, strict: true });
  const handlerOf =
    ({ path, serve, allow }: PathEntry): RequestHandler =>
    (request, response) => {
      const exchange = open(request, response, path);
      const found = serve.get(request.method);
      const foreign = refuse(request);
      if (found === undefined) {
        if (request.method === 'OPTIONS' && settings.corsOrigins.length > 0) answers.send(exchange, 204, corsPreflight(allow));
        else answers.fail(exchange, new Problem('METHOD_NOT_ALLOWED'), ['Allow', allow]);
      } else if (lacksHost(request)) answers.fail(exchange, hostMissing());
      else if (foreign) answers.fail(exchange, new Problem('FORBIDDEN', {}, { reason: foreign }));
      else if (hasRoom()) void found(exchange, request.params);
      else answers.fail(exchange, new Problem('OVERLOADED'));
    };
  // The router tries one pattern after the other; a path without parameters, as most are, can be looked up.
  const fixed = new Map<string, RequestHandler>();
  for (const entry of entries) {
    if (isPattern(entry.path)) router.all(entry.path, handlerOf(entry));
    else fixed.set(entry.path, handlerOf(entry));
  }
  tuned.app.use((request, response, next) => {
    (fixed.get(request.path) ?? router)(request, response, next);
  });
  tuned.app.use((request: Request, response: Response) => {
    const exchange = open(request, response, 'unknown');
    if (hasDocs && isBareVisit(request, exchange)) answers.send(exchange, 302, ['Location', '/docs', 'Cache-Control', 'no-store']);
    else answers.fail(exchange, new Problem('ROUTE_NOT_FOUND'));
  });
  const onError: ErrorRequestHandler = (error: unknown, request, response, _next) => {
    answers.fail(open(request, response, 'unknown'), asProblem(error));
  };
  tuned.app.use(onError);
  tuned.assertTuned();
  return tuned;
};
