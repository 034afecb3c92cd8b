import { allRoutes, type Route } from '@shop/http';
import { seededRandom } from '@shop/clock';
import { z } from 'zod';
import { allScopes, bearer } from '../processes/token.js';
import { chanceBy, type Chance } from './chance.js';
import { readDocumentation, type Undocumented } from './documented.js';
import { asRequest, type Draft, type FuzzRequest } from './draft.js';
import { newWorld, remember, type KnownWorld } from './known-world.js';
import { mutated } from './mutations.js';
import { sender, type Received } from './send.js';
import { validDraft, type AuthMode } from './valid-request.js';

export type FuzzOptions = {
  readonly url: string;
  readonly mode: AuthMode;
  readonly requests: number;
  readonly seed: number;
  readonly connections: number;
  readonly tell: (line: string) => void;
};

export type FuzzReport = {
  readonly requests: number;
  readonly valid: number;
  readonly refused: number;
  /** How often each route answered each status, `POST /orders 201`; `elsewhere` for what is no route. */
  readonly answers: ReadonlyMap<string, number>;
  readonly findings: readonly string[];
};

const ordersIn = z.object({ orderId: z.string(), userId: z.string() });
const itemsIn = z.object({ userId: z.string(), items: z.array(z.object({ itemId: z.string() })) });
const pageIn = z.object({ nextCursor: z.string() });
const productIn = z.object({ productId: z.string(), createdAt: z.string() });
/** Every one of these would be a line of somebody's code, or of a stack. */
const leaks = /node_modules|\.ts:|\.js:|\n\s+at /;
/** What a valid request is never told: these are of its form, or of who sent it. */
const refusalsOfForm = [400, 401, 403, 405, 408, 413, 415, 431];
const mostFindings = 50;
const validShare = 0.4;

const learn = (world: KnownWorld, { route, list }: Draft, { status, headers, text }: Received, chance: Chance): void => {
  if (status >= 300 || text === '') return;
  const token = headers['consistency-token'] ?? headers['as-of-position'];
  if (typeof token === 'string') remember(world.tokens, token, chance);
  const body: unknown = JSON.parse(text);
  const order = ordersIn.safeParse(body);
  if (order.success) remember(world.orders, order.data, chance);
  const cart = itemsIn.safeParse(body);
  if (cart.success && route.path.startsWith('/orders/cart'))
    for (const { itemId } of cart.data.items) remember(world.items, { itemId, userId: cart.data.userId }, chance);
  const page = pageIn.safeParse(body);
  if (page.success) world.cursors.set(list, page.data.nextCursor);
  const product = productIn.safeParse(body);
  if (product.success && route.method === 'post' && route.path === '/products' && product.data.productId.startsWith('x'))
    remember(world.passingProducts, product.data.productId, chance);
};

const lackingHeader = ({ method }: FuzzRequest, route: Route | undefined, { status, headers }: Received): string | undefined => {
  if (status === 431 || status === 408) return undefined;
  const wanted = [
    'x-request-id',
    ...(route && status < 300 && method === 'GET' ? ['as-of-position', 'etag'] : []),
    ...(route && status < 300 && method !== 'GET' ? ['consistency-token'] : []),
    ...(status === 401 ? ['www-authenticate'] : []),
    ...(status === 405 ? ['allow'] : []),
    ...(status === 429 || status === 503 ? ['retry-after'] : []),
  ];
  return wanted.find((name) => headers[name] === undefined);
};

const faultOf = (request: FuzzRequest, received: Received, undocumented: Undocumented): string | undefined => {
  const { status, headers, text } = received;
  if (status >= 500) return 'an error of the server';
  const { refusedWith, valid, route } = request;
  if (refusedWith && !refusedWith.includes(status)) return `should have been refused with ${refusedWith.join(' or ')}`;
  if (valid && refusalsOfForm.includes(status)) return 'a valid request was refused for its form';
  const contentType = headers['content-type'];
  const wrong = undocumented(route, { status, text, contentType: typeof contentType === 'string' ? contentType : '' });
  if (wrong !== undefined) return wrong;
  const lacking = lackingHeader(request, route, received);
  if (lacking !== undefined) return `no ${lacking}`;
  return leaks.test(text) ? 'it tells of the code' : undefined;
};

const describe = ({ method, path, headers, body, about }: FuzzRequest, { status, text }: Received, fault: string): string =>
  [
    `${fault} (${about})`,
    `    ${method} ${path} ${JSON.stringify(headers)} ${body === undefined ? '' : JSON.stringify(body.toString('latin1').slice(0, 400))}`,
    `    ${status} ${text.slice(0, 400)}`,
  ].join('\n');

/** As bad as an error of the server. */
const unanswered = (error: unknown): Received => ({ status: 599, headers: {}, text: `no answer: ${String(error)}` });

/** What the requests can name: users with money, products with stock. */
const furnish = async (world: KnownWorld, send: (request: FuzzRequest) => Promise<Received>): Promise<void> => {
  const headers = { authorization: bearer({ sub: 'operator', scope: allScopes }), 'content-type': 'application/json' };
  const post = (path: string, body: object) =>
    send({
      route: undefined,
      method: 'POST',
      path,
      headers,
      body: Buffer.from(JSON.stringify(body)),
      about: 'furnish',
      valid: false,
      user: undefined,
    });
  for (const productId of [...world.products, ...world.passingProducts])
    await post('/products', { productId, name: productId, price: 7, stock: 1_000_000 });
  for (const userId of world.users) await post('/balance/charge', { userId, amount: 1_000_000_000 });
};

/** Sends requests drawn from the contract, valid ones and ones with a single change, and holds every answer against what is documented. */
export const fuzz = async ({ url, mode, requests, seed, connections, tell }: FuzzOptions): Promise<FuzzReport> => {
  const undocumented = readDocumentation(await (await fetch(`${url}/openapi.json`)).json());
  const world = newWorld();
  const { send: sendOnce, close } = sender(url, connections);
  const send = (request: FuzzRequest): Promise<Received> => sendOnce(request).catch(unanswered);
  await furnish(world, send);
  const answers = new Map<string, number>();
  const findings: string[] = [];
  let [next, valid, refused] = [0, 0, 0];

  const one = async (number: number): Promise<void> => {
    const chance = chanceBy(seededRandom(seed + number));
    const draft = validDraft(chance.of(allRoutes), world, mode, chance);
    const request = chance.happens(validShare) ? asRequest(draft) : mutated(draft, chance, mode);
    const name = request.route ? `${request.route.method.toUpperCase()} ${request.route.path}` : 'elsewhere';
    const received = await send(request);
    answers.set(`${name} ${received.status}`, (answers.get(`${name} ${received.status}`) ?? 0) + 1);
    if (request.valid) valid += 1;
    if (received.status >= 400) refused += 1;
    const fault = faultOf(request, received, undocumented);
    if (fault !== undefined) {
      const finding = `request ${number}: ${describe(request, received, fault)}`;
      if (findings.length < mostFindings) findings.push(finding);
      tell(`FINDING: ${finding}`);
    }
    if (request.valid && fault === undefined) learn(world, draft, received, chance);
  };
  const worker = async (): Promise<void> => {
    while (next < requests && findings.length < mostFindings) {
      next += 1;
      if (next % 10_000 === 0) tell(`${next} requests`);
      await one(next);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  close();
  return { requests: next, valid, refused, answers, findings };
};
