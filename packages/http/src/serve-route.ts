import type { Clock } from '@shop/clock';
import { bodyHash, jsonType, type Answers, type HeaderList } from './answer.js';
import { workRequest, type Exchange, type Findings } from './exchange.js';
import type { Authenticate, Caller } from './identity/authenticate.js';
import { authorize, requireScope, type NamedUsers } from './identity/authorize.js';
import { addressOf, type TakeTurn } from './identity/rate-limit.js';
import { inputErrors, invalidInput, type InputError, type InputPlace } from './input-errors.js';
import { ClientGoneError, jsonOf, readBody } from './json-body.js';
import { Problem } from './problem.js';
import { parseQuery } from './query-string.js';
import { authorizationOf, consistencyOf, idempotencyKeyOf, ifMatchOf, isKnownTo, traceparentOf, userHeaderOf } from './request-headers.js';
import type { BoundRoute, Consistency, Route, RouteAnswer, RouteRequest } from './route.js';
import type { Serve } from './route-table.js';
import type { HttpSettings } from './settings.js';

/** How long work on a request may take, in milliseconds. */
export const workLimitMs = 10_000;

export type RouteHost = {
  readonly settings: HttpSettings;
  readonly clock: Clock;
  readonly answers: Answers;
  readonly authenticate: Authenticate;
  readonly takeTurn: TakeTurn;
  /** Compares every answer with its schema, for tests: a difference is a fault. */
  readonly verifyAnswers: boolean;
};

type Values = Readonly<Record<string, unknown>> | undefined;
type Input = { readonly params: Values; readonly query: Values; readonly body: Values };
/** What a request says about itself, all of it checked. */
type Terms = Findings['terms'] & { readonly userHeader: string | undefined };

const takesBody = ({ method }: Route) => method === 'post' || method === 'put' || method === 'patch';
const none: readonly InputError[] = [];
const noParameters = { parameters: {}, errors: none };
const strong: Consistency = { level: 'strong' };

const parsePart = (place: InputPlace, schema: Route['body'], value: unknown, errors: InputError[]): Values => {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  errors.push(...inputErrors(place, parsed.error, value));
  return undefined;
};

/** @throws Problem `VALIDATION_FAILED` naming everything that is wrong, in path, query and body */
const parseInput = (route: Route, exchange: Exchange, params: unknown, body: unknown): Input => {
  const errors: InputError[] = [];
  const { parameters, errors: queryErrors } = exchange.queryString === '' ? noParameters : parseQuery(exchange.queryString);
  errors.push(...queryErrors);
  if (route.query === undefined)
    errors.push(...Object.keys(parameters).map((key): InputError => ({ in: 'query', path: [key], code: 'unknown_key' })));
  const input = {
    params: parsePart('path', route.params, params, errors),
    query: parsePart('query', route.query, parameters, errors),
    body: takesBody(route) ? parsePart('body', route.body, body, errors) : undefined,
  };
  if (errors.length > 0) throw invalidInput(...errors);
  return input;
};

const isOtherwise = ({ otherwise }: Route, { query }: Input) => otherwise !== undefined && query?.[otherwise.query] === true;

const keyFor = (route: Route, input: Input, exchange: Exchange, required: boolean): string | undefined => {
  if (route.idempotency === undefined) return undefined;
  const key = idempotencyKeyOf(exchange.request.headers);
  if (key === undefined && required && route.idempotency === 'honoured' && !isOtherwise(route, input))
    throw new Problem('IDEMPOTENCY_KEY_REQUIRED');
  return key;
};

const termsOf = (route: Route, input: Input, exchange: Exchange, settings: HttpSettings): Terms => {
  const { headers } = exchange.request;
  const reads = route.method === 'get';
  return {
    userHeader: userHeaderOf(headers),
    ifMatch: reads ? undefined : ifMatchOf(headers, route.ifMatch === true),
    idempotencyKey: keyFor(route, input, exchange, settings.idempotencyRequired),
    consistency: reads ? consistencyOf(headers) : strong,
    traceparent: traceparentOf(headers),
  };
};

const userIn = (values: Values): string | undefined => {
  const userId = values?.['userId'];
  return typeof userId === 'string' ? userId : undefined;
};

const namedUsers = (input: Input, userHeader: string | undefined): NamedUsers => ({
  header: userHeader,
  input: userIn(input.body) ?? userIn(input.query),
  path: userIn(input.params),
});

export const routeServer = (host: RouteHost) => {
  const { settings, clock, answers, authenticate, takeTurn, verifyAnswers } = host;

  const limitRate = (caller: Caller | undefined, { request }: Exchange): void => {
    if (settings.rateLimitPerSecond === 0) return;
    const user = caller?.kind === 'token' ? caller.subject : settings.auth.mode === 'off' ? request.headers['x-user-id'] : undefined;
    const key = typeof user === 'string' ? `user ${user}` : `address ${addressOf(request, settings.trustProxyHops)}`;
    if (!takeTurn(key)) throw new Problem('RATE_LIMITED');
  };

  const requestFor = (route: Route, exchange: Exchange, input: Input, caller: Caller | undefined): RouteRequest<Route> => {
    const terms = termsOf(route, input, exchange, settings);
    const { access } = route;
    const who = authorize(access, caller, namedUsers(input, terms.userHeader));
    if (settings.chargeRequiresScope && access.kind === 'self' && access.reach === 'wallet:charge') requireScope(caller, access.reach);
    return workRequest({ input, who, terms }, exchange, clock);
  };

  const headersFor = ({ access, method }: Route, answer: RouteAnswer<Route>): HeaderList => {
    const headers = ['Cache-Control', method === 'get' && access.kind === 'public' ? 'no-cache' : 'no-store'];
    if (answer.token !== undefined) headers.push('Consistency-Token', answer.token);
    if (answer.asOf !== undefined) headers.push('As-Of-Position', answer.asOf);
    if (answer.replayed === true) headers.push('Idempotent-Replayed', 'true');
    if (answer.location !== undefined) headers.push('Location', answer.location);
    return headers;
  };

  const verify = (schema: Route['success']['body'], body: unknown): void => {
    const checked = schema?.safeParse(body);
    if (checked?.success === false) throw new Error(`the answer is not what the contract says: ${checked.error.message}`);
    if (schema === undefined && body !== undefined) throw new Error('the contract says that the answer has no body');
  };

  const answerWith = (route: Route, exchange: Exchange, request: RouteRequest<Route>, answer: RouteAnswer<Route>): void => {
    const { otherwise } = route;
    const success = otherwise !== undefined && request.query?.[otherwise.query] === true ? otherwise : route.success;
    const { body } = answer;
    if (verifyAnswers) verify(success.body, body);
    const headers = headersFor(route, answer);
    if (body === undefined) {
      answers.send(exchange, success.status, headers);
      return;
    }
    const text = JSON.stringify(body);
    if (route.method === 'get') {
      const etag = etagOf(body, text, answer.revision);
      headers.push('ETag', etag);
      if (isKnownTo(exchange.request.headers, etag)) {
        answers.send(exchange, 304, headers);
        return;
      }
    }
    headers.push('Content-Type', jsonType);
    answers.send(exchange, success.status, headers, text);
  };

  /** Answers requests to a route, whatever comes; never rejects. */
  return ({ route, handle }: BoundRoute): Serve => {
    const withBody = takesBody(route);
    const isPublic = route.access.kind === 'public';
    return async (exchange, params) => {
      try {
        const proof = isPublic ? undefined : authenticate(authorizationOf(exchange.request));
        const caller = proof instanceof Promise ? await proof : proof;
        limitRate(caller, exchange);
        const body = withBody ? jsonOf(exchange.request, await readBody(exchange.request)) : undefined;
        exchange.deadline = clock.monotonic() + workLimitMs;
        const input = parseInput(route, exchange, params, body);
        const request = requestFor(route, exchange, input, caller);
        answerWith(route, exchange, request, await handle(request));
      } catch (thrown) {
        if (thrown instanceof ClientGoneError) answers.abandon(exchange);
        else answers.fail(exchange, thrown);
      }
    };
  };
};

/** Over the body without `window`, which moves with every request though nothing was sold. */
const etagOf = (body: unknown, text: string, revision: number | undefined): string => {
  const lasting = typeof body === 'object' && body !== null && 'window' in body ? JSON.stringify({ ...body, window: undefined }) : text;
  return revision === undefined ? `"${bodyHash(lasting)}"` : `"${revision}.${bodyHash(lasting)}"`;
};
