import { readFileSync } from 'node:fs';
import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { contract, inputErrorCodes } from '../contract/index.js';
import { problemCodes, problemDocument } from '../problem-document.js';
import { problemTexts } from '../problem-texts.js';
import { Problem, type ProblemCode } from '../problem.js';
import type { Access, Route } from '../route.js';
import type { AuthSettings } from '../settings.js';
import { fileOf } from './package-files.js';
import { problemsByStatus } from './route-problems.js';

type Responses = RouteConfig['responses'];
type Response = Responses[string];
type Headers = Record<string, { readonly description: string; readonly schema: { readonly type: 'string' } }>;

const string = { type: 'string' } as const;

/** The fields every problem has; a code may bring more. */
const problemSchema = {
  type: 'object' as const,
  description: 'Problem details (RFC 9457)',
  required: ['type', 'title', 'status', 'code', 'detail', 'instance', 'requestId'],
  properties: {
    type: string,
    title: string,
    status: { type: 'integer' as const },
    code: { ...string, enum: [...problemCodes] },
    detail: string,
    instance: string,
    requestId: string,
    errors: {
      type: 'array' as const,
      maxItems: 20,
      items: {
        type: 'object' as const,
        required: ['in', 'path', 'code', 'message'],
        properties: {
          in: { ...string, enum: ['body', 'query', 'path', 'header'] },
          path: { ...string, description: 'JSON pointer' },
          code: { ...string, enum: [...inputErrorCodes] },
          message: string,
        },
      },
    },
  },
};

const text = (description: string) => ({ description, schema: string });
const answerHeaders = (route: Route): Headers => ({
  'X-Request-Id': text('That of the request, or a new one'),
  ...(route.method === 'get'
    ? { 'As-Of-Position': text('How far in the log the answer reaches; usable as a token'), ETag: text('Validator of the answer') }
    : { 'Consistency-Token': text('A position that contains the effect: send it with reads') }),
  ...(route.idempotency === 'honoured' ? { 'Idempotent-Replayed': text('`true` where the effect is that of an earlier request') } : {}),
  ...(route.success.status === 201 ? { Location: text('Where to read it') } : {}),
});

const successOf = (route: Route, { body }: { readonly body?: z.ZodType }, description: string): Response => ({
  description,
  headers: answerHeaders(route),
  ...(body === undefined ? {} : { content: { 'application/json': { schema: body } } }),
});

const exampleOf = (code: ProblemCode) => ({
  value: problemDocument(new Problem(code), { locale: 'en', instance: '/', requestId: '3f0c8f0a-5f55-4f0e-9a53-1f8a3f2f6c11' }),
});

const refusalOf = (codes: readonly ProblemCode[]): Response => ({
  description: codes.map((code) => `\`${code}\`: ${problemTexts.en[code].detail}`).join('\n\n'),
  content: {
    'application/problem+json': {
      schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties: { code: { enum: [...codes] } } }] },
      examples: Object.fromEntries(codes.map((code) => [code, exampleOf(code)])),
    },
  },
});

const responsesOf = (route: Route): Responses => {
  const responses: Responses = { [route.success.status]: successOf(route, route.success, 'Done') };
  if (route.otherwise) responses[route.otherwise.status] = successOf(route, route.otherwise, `With \`${route.otherwise.query}=true\``);
  if (route.method === 'get') responses[304] = { description: 'As `If-None-Match` says: not modified' };
  for (const [status, codes] of problemsByStatus(route)) responses[status] = refusalOf(codes);
  return responses;
};

/** Without examples: the page would send them, and they would clash with what its reader fills in. */
const header = (description: string) => z.string().optional().meta({ description });

const headersOf = ({ method, access, idempotency, ifMatch }: Route) =>
  z.object({
    'Accept-Language': header('`ko` or `en`, for the texts of problems'),
    'X-Request-Id': header('1–128 visible ASCII characters; echoed'),
    ...(access.kind === 'self' || access.kind === 'path-user' ? { 'X-User-Id': header('The user acted for') } : {}),
    ...(method === 'get'
      ? {
          Consistency: z.enum(['strong', 'session', 'eventual']).optional().meta({ description: 'How fresh; `strong` by default' }),
          'Consistency-Token': header('At least this fresh'),
          'If-None-Match': header('An ETag: 304 where nothing changed'),
        }
      : {}),
    ...(idempotency === undefined ? {} : { 'Idempotency-Key': header('Makes it safe to repeat the request') }),
    ...(ifMatch === true ? { 'If-Match': header('An ETag, or a revision in quotes: 412 where it was changed meanwhile') } : {}),
  });

const openApiPath = (path: string) => path.replace(/:(\w+)/g, '{$1}');

const tagOf = ({ path }: Route): string => (path.startsWith('/orders/cart') ? 'cart' : (path.split('/')[1] ?? ''));

const operationIdOf = (route: Route): string =>
  Object.keys(contract).find((name) => contract[name] === route) ??
  `${route.method}${route.path.replace(/[^A-Za-z]+(\w)/g, (_, first: string) => first.toUpperCase())}`;

type AuthMode = AuthSettings['mode'];
const whoOf = (access: Access, mode: AuthMode): string => {
  if (mode === 'off')
    return access.kind === 'public' || access.kind === 'scope' ? 'Open to everybody.' : 'For the user that the request names.';
  switch (access.kind) {
    case 'public':
      return 'Open to everybody.';
    case 'scope':
      return `Needs the scope \`${access.scope}\`.`;
    case 'self':
    case 'path-user':
      return access.reach === undefined ? "For the caller's own user." : `For the caller's own user; \`${access.reach}\` reaches others.`;
  }
};

const pathOf = (route: Route, mode: AuthMode): RouteConfig => ({
  method: route.method,
  path: openApiPath(route.path),
  operationId: operationIdOf(route),
  tags: [tagOf(route)],
  summary: route.summary,
  description: whoOf(route.access, mode),
  ...(mode === 'off' ? {} : { security: route.access.kind === 'public' ? [] : [{ bearer: [] }] }),
  request: {
    headers: headersOf(route),
    ...(route.params ? { params: route.params } : {}),
    ...(route.query ? { query: route.query } : {}),
    ...(route.body && route.method !== 'get' && route.method !== 'delete'
      ? { body: { required: !route.body.safeParse({}).success, content: { 'application/json': { schema: route.body } } } }
      : {}),
  },
  responses: responsesOf(route),
});

const packageVersion = (): string =>
  z.object({ version: z.string() }).parse(JSON.parse(readFileSync(fileOf('@shop/http/package.json'), 'utf8'))).version;

/** OpenAPI 3.1 of the routes given: from the very schemas that requests are checked by. */
export const openApiDocument = (routes: readonly Route[], mode: AuthMode) => {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('schemas', 'Problem', problemSchema);
  if (mode === 'jwt') registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' });
  for (const route of routes) registry.registerPath(pathOf(route, mode));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Shop',
      version: packageVersion(),
      description:
        'A prepaid shop: balances, exact stock, carts, orders, best sellers. Writes answer a Consistency-Token, reads are exact by default. Errors are problem details.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
  });
};
