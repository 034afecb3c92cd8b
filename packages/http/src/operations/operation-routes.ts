import { jsonType, pageSecurity, type Answers, type HeaderList } from '../answer.js';
import type { Exchange } from '../exchange.js';
import type { Authenticate } from '../identity/authenticate.js';
import { authorize } from '../identity/authorize.js';
import { codeOfSlug } from '../problem-document.js';
import { problemPage } from '../problem-pages.js';
import { Problem } from '../problem.js';
import { authorizationOf, localeOf } from '../request-headers.js';
import type { Route } from '../route.js';
import { readEntry, type PathEntry, type Serve } from '../route-table.js';
import type { Readiness } from '../service.js';
import type { HttpSettings } from '../settings.js';
import { docsAssets, docsPolicy } from './docs-page.js';
import type { RequestMetrics } from './metrics.js';

export type OperationHost = {
  readonly answers: Answers;
  readonly settings: HttpSettings;
  readonly authenticate: Authenticate;
  readonly metrics: RequestMetrics;
  readonly readiness: () => Promise<Readiness>;
  /** What `/openapi.json` describes. */
  readonly contract: readonly Route[];
};

const noStore = (contentType: string): HeaderList => ['Content-Type', contentType, 'Cache-Control', 'no-store'];
const noCache = (contentType: string): HeaderList => ['Content-Type', contentType, 'Cache-Control', 'no-cache'];
const ofPage = (contentType: string): HeaderList => [...noCache(contentType), ...pageSecurity];

/** Made when first asked for: its library is not worth a slower start. */
const onceText = (make: () => Promise<unknown>): (() => Promise<string>) => {
  let text: Promise<string> | undefined;
  return () => (text ??= make().then((document) => JSON.stringify(document)));
};

/** The routes that every service has beside its own. */
export const operationEntries = ({
  answers,
  settings,
  authenticate,
  metrics,
  readiness,
  contract,
}: OperationHost): readonly PathEntry[] => {
  const guarded =
    (serve: Serve): Serve =>
    async (exchange, params) => {
      try {
        await serve(exchange, params);
      } catch (thrown) {
        answers.fail(exchange, thrown);
      }
    };
  const entry = (path: string, serve: Serve) => readEntry(path, guarded(serve));
  const document = (path: string, make: () => Promise<unknown>) => {
    const text = onceText(make);
    return entry(path, async (exchange) => {
      answers.send(exchange, 200, noCache(jsonType), await text());
    });
  };

  const health = (exchange: Exchange) => {
    answers.send(exchange, 200, noStore(jsonType), '{"status":"ok"}');
  };
  const ready = async (exchange: Exchange) => {
    const state = await readiness();
    const text = JSON.stringify(state);
    if (state.status !== 'not_ready') answers.send(exchange, 200, noStore(jsonType), text);
    else answers.send(exchange, 503, [...noStore(jsonType), 'Retry-After', '1'], text);
  };
  const showMetrics = async (exchange: Exchange) => {
    const caller = await authenticate(authorizationOf(exchange.request));
    authorize({ kind: 'scope', scope: 'ops:read' }, caller, { header: undefined, input: undefined, path: undefined });
    const { contentType, body } = await metrics.text();
    answers.send(exchange, 200, noStore(contentType), body);
  };
  const asset = docsAssets();
  const showDocs: Serve = async (exchange, { file }) => {
    const found = await asset(typeof file === 'string' ? file : '');
    if (!found) throw new Problem('ROUTE_NOT_FOUND');
    answers.send(exchange, 200, [...ofPage(found.contentType), 'Content-Security-Policy', docsPolicy], found.body);
  };
  const showProblem: Serve = (exchange, { slug }) => {
    const code = codeOfSlug(typeof slug === 'string' ? slug : '');
    if (!code) throw new Problem('ROUTE_NOT_FOUND');
    const locale = localeOf(exchange.request.headers, settings.defaultLocale);
    answers.send(exchange, 200, [...ofPage('text/html; charset=utf-8'), 'Content-Language', locale], problemPage(code, locale));
  };

  return [
    entry('/healthz', health),
    entry('/readyz', ready),
    entry('/metrics', showMetrics),
    document('/openapi.json', async () => (await import('./openapi.js')).openApiDocument(contract, settings.auth.mode)),
    document('/asyncapi.json', async () => (await import('./asyncapi.js')).asyncApiDocument()),
    entry('/docs', showDocs),
    entry('/docs/:file', showDocs),
    entry('/problems/:slug', showProblem),
  ];
};
