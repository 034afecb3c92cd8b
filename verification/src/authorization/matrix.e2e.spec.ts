import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clientOf, type Call, type Client, type Reply } from '@shop/all-in-one/testing/client';
import { freePorts } from '@shop/engines';
import { allRoutes } from '@shop/http';
import { z } from 'zod';
import { recordingClient } from '@shop/all-in-one/testing/recording-client';
import type { Program } from '../processes/program.js';
import { auditFolder, startShop, untilReady } from '../processes/shop-program.js';
import { allScopes, bearer, tokenEnvironment } from '../processes/token.js';
import { identities, matrix, operationRoutes, type Belongings, type Identity, type Row } from './matrix.js';

const authorizations: Readonly<Record<Identity, string | undefined>> = {
  'no token': undefined,
  owner: bearer({ sub: 'u1' }),
  'other user': bearer({ sub: 'u2' }),
  operator: bearer({ sub: 'operator', scope: allScopes }),
  expired: bearer({ sub: 'u1', scope: allScopes, exp: 1_700_000_000 }),
  'wrong audience': bearer({ sub: 'u1', scope: allScopes, aud: 'bank' }),
};
const method = z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const order = z.object({ orderId: z.string() });
const cart = z.object({ items: z.array(z.object({ itemId: z.string() })) });
const openApi = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

const methodOf = (route: string) => method.parse(route.split(' ', 1)[0]);
const rows = Object.entries(matrix).flatMap(([route, ways]) =>
  ways.map((row, way): [string, Row] => [`${route}${way === 0 ? '' : ', naming nobody or otherwise'}`, row]),
);

describe('who may do what', () => {
  let folder = '';
  let shop: Program;
  let client: Client;
  let recorded: ReturnType<typeof recordingClient>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shop-'));
    const { program, url } = startShop({ folder, port: await freePorts(), env: tokenEnvironment });
    shop = program;
    await untilReady(url, [program]);
    client = clientOf(url);
    recorded = recordingClient(client.call, 'somebody');
    for (const productId of ['p1', 'p2']) await as('operator', 'POST', '/products', { productId, name: 'mug', price: 10, stock: 1_000 });
    await as('owner', 'POST', '/balance/charge', { amount: 100_000 });
  });
  afterAll(async () => {
    client.close();
    shop.signal('SIGKILL');
    await shop.exited;
    await rm(folder, { recursive: true, force: true });
  });

  const as = (identity: Identity, ...[verb, path, body]: [Parameters<Call>[0], string, object?]): Promise<Reply> => {
    const authorization = authorizations[identity];
    return recorded.call(verb, path, { ...(body && { body }), ...(authorization !== undefined && { headers: { authorization } }) });
  };
  /** Anew for each row: some requests use up what they are about. */
  const belongings = async (): Promise<Belongings> => {
    const paid = await as('owner', 'POST', '/orders', { items: [{ productId: 'p1', quantity: 1 }] });
    const filled = await as('owner', 'POST', '/orders/cart', { productId: 'p1' });
    return { orderId: order.parse(paid.body).orderId, itemId: cart.parse(filled.body).items[0]?.itemId ?? '' };
  };
  it.each(rows)('%s', async (route, { ask, answers }) => {
    const { path, body } = ask(await belongings());
    const statuses: number[] = [];
    for (const identity of identities) statuses.push((await as(identity, methodOf(route), path, body)).status);
    expect(Object.fromEntries(identities.map((identity, at) => [identity, statuses[at]]))).toEqual(
      Object.fromEntries(identities.map((identity, at) => [identity, answers[at]])),
    );
  });

  it('is written down for every route that the shop has, and for no other', async () => {
    const { paths } = openApi.parse((await client.call('GET', '/openapi.json')).body);
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((verb) => `${verb.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    const bound = allRoutes.map((route) => `${route.method.toUpperCase()} ${route.path}`);
    const written = Object.keys(matrix).filter((route) => !operationRoutes.some((each) => each === route));
    expect(written.sort()).toEqual(bound.sort());
    expect(documented.sort()).toEqual(bound.sort());
  });

  it('leaves no trace of what was refused', async () => {
    const history = join(folder, 'clients.txt');
    await writeFile(history, recorded.history());
    const { verdict, findings, judged } = await auditFolder(folder, { history });
    expect({ verdict, findings }).toEqual({ verdict: 'clean', findings: [] });
    expect(judged).toContain('I8');
  });
});
