import type { Route } from '@shop/http';
import { allScopes, bearer } from '../processes/token.js';
import type { Chance } from './chance.js';
import type { Draft } from './draft.js';
import type { KnownWorld } from './known-world.js';
import { validValue, type Json, type Named } from './valid-value.js';

/** Whether the shop asks for tokens, or believes whoever is named. */
export type AuthMode = 'jwt' | 'off';

const isRecord = (value: Json): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const record = (value: Json): Readonly<Record<string, Json>> => (isRecord(value) ? value : {});
const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Mostly what exists, of the user himself; now and then what does not. */
const namesIn = (world: KnownWorld, route: Route, user: string, chance: Chance): Named => {
  const { of, below, happens } = chance;
  const own = <Thing extends { readonly userId: string }>(things: readonly Thing[]): readonly Thing[] =>
    things.filter(({ userId }) => userId === user);
  const archives = route.path.endsWith('/archive');
  const registers = route.method === 'post' && route.path === '/products';
  return (property) => {
    switch (property) {
      case 'userId':
        return user;
      case 'productId':
        if (registers) return `x${below(100_000)}`;
        return archives || happens(0.1) ? of(world.passingProducts) : happens(0.03) ? 'never' : of(world.products);
      case 'orderId':
        return of([...own(world.orders), { orderId: 'never' }].slice(-20)).orderId;
      case 'itemId':
        return of([...own(world.items), { itemId: 'never' }].slice(-8)).itemId;
      case 'quantity':
        return happens(0.9) ? 1 + below(3) : undefined;
      case 'price':
        return happens(0.8) ? 1 + below(20) : undefined;
      default:
        return undefined;
    }
  };
};

const consistencyOf = ({ tokens }: KnownWorld, { of, happens }: Chance): Readonly<Record<string, string>> => {
  if (happens(0.6)) return {};
  const level = of(['strong', 'session', 'eventual']);
  return level === 'session' || happens(0.3) ? { consistency: level, 'consistency-token': of(tokens) } : { consistency: level };
};

/** Who sends it: the user himself, or an operator where a scope is asked for. */
const senderOf = (route: Route, user: string, mode: AuthMode, named: boolean, { happens }: Chance): Readonly<Record<string, string>> => {
  const { access } = route;
  const isPersonal = access.kind === 'self' || access.kind === 'path-user';
  if (mode === 'off') return isPersonal && !(named && happens(0.5)) ? { 'x-user-id': user } : {};
  if (access.kind === 'public') return happens(0.2) ? { authorization: bearer({ sub: user }) } : {};
  if (access.kind === 'scope') return { authorization: bearer({ sub: 'operator', scope: access.scope }) };
  if (access.reach !== undefined && named && happens(0.2)) return { authorization: bearer({ sub: 'operator', scope: allScopes }) };
  return { authorization: bearer({ sub: user }) };
};

const termsOf = (route: Route, world: KnownWorld, chance: Chance): Readonly<Record<string, string>> => {
  const { happens, below, of } = chance;
  return {
    ...(route.method === 'get' && consistencyOf(world, chance)),
    ...(route.idempotency !== undefined &&
      happens(0.5) && { 'idempotency-key': happens(0.5) ? `k${below(1_000_000)}` : `"k${below(50)}"` }),
    ...(route.ifMatch === true && happens(0.2) && { 'if-match': of(['*', '"1"', `"${below(9)}.Ab_-"`]) }),
    ...(happens(0.2) && { 'accept-language': of(['en', 'ko;q=0.5, en', 'fr', '*']) }),
    ...(happens(0.1) && { 'x-request-id': `r-${below(1_000)}` }),
  };
};

type Parameters = Readonly<Record<string, Json>>;
const pageOf = ['cursor', 'limit', 'userId'];
/** Names a list, by all that decides what belongs in it: a cursor of one is refused by any other. */
export const listOf = (route: Route, params: Parameters, query: Parameters, user: string): string =>
  JSON.stringify([route.path, params, Object.entries(query).filter(([name]) => !pageOf.includes(name)), user]);

/** A request that the contract takes, drawn from what the shop is known to hold. */
export const validDraft = (route: Route, world: KnownWorld, mode: AuthMode, chance: Chance): Draft => {
  const user = chance.of(world.users);
  const named = namesIn(world, route, user, chance);
  const params = route.params ? record(validValue(route.params, chance, named)) : {};
  const drawn = route.query ? record(validValue(route.query, chance, named)) : {};
  const list = listOf(route, params, drawn, user);
  const cursor = world.cursors.get(list);
  const query = Object.entries(drawn).flatMap(([name, value]): (readonly [string, Json])[] =>
    name !== 'cursor' ? [[name, value]] : cursor === undefined ? [] : [[name, cursor]],
  );
  const takesBody = route.method === 'post' || route.method === 'put' || route.method === 'patch';
  const body = takesBody && route.body ? validValue(route.body, chance, named) : undefined;
  const names = { ...params, ...Object.fromEntries(query), ...(body === undefined ? {} : record(body)) };
  return {
    route,
    method: route.method.toUpperCase(),
    params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, textOf(value)])),
    query: query.map(([name, value]) => [name, textOf(value)]),
    headers: {
      ...(body !== undefined && { 'content-type': chance.of(['application/json', 'application/json; charset=utf-8']) }),
      ...senderOf(route, user, mode, 'userId' in names, chance),
      ...termsOf(route, world, chance),
    },
    body,
    list,
    user: route.access.kind === 'self' || route.access.kind === 'path-user' ? user : undefined,
  };
};
