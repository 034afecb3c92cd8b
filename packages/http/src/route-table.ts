import type { Exchange } from './exchange.js';
import type { BoundRoute, Route } from './route.js';

export type Serve = (exchange: Exchange, params: Readonly<Record<string, unknown>>) => void | Promise<void>;

/** What one path does: by method, in upper case. `allow` names the methods of all services, also of those that run elsewhere. */
export type PathEntry = { readonly path: string; readonly serve: ReadonlyMap<string, Serve>; readonly allow: string };

const keyOf = ({ method, path }: Route) => `${method.toUpperCase()} ${path}`;
const accessKinds: readonly string[] = ['public', 'self', 'path-user', 'scope'];

/**
 * Stops the start where a route is not in the contract, is bound twice, or does not say who may call it.
 * @throws Error
 */
export const assertBindable = (bound: readonly BoundRoute[], contract: readonly Route[]): void => {
  const known = new Set(contract.map(keyOf));
  const seen = new Set<string>();
  for (const { route } of bound) {
    const key = keyOf(route);
    // A type cannot be broken, but a build that skipped the compiler can: an open door must not be the default.
    const access: { readonly kind?: string } | undefined = route.access;
    if (!accessKinds.includes(access?.kind ?? '')) throw new Error(`${key} does not declare who may call it`);
    if (!known.has(key)) throw new Error(`${key} is not in the contract`);
    if (seen.has(key)) throw new Error(`${key} is bound twice`);
    seen.add(key);
  }
};

/** Literal segments before parameters: `/products/top` is no product, `/orders/cart` no order. */
export const byPrecedence = (one: string, other: string): number => {
  const [left, right] = [one.split('/'), other.split('/')];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const [leftIs, rightIs] = [left[at]?.startsWith(':'), right[at]?.startsWith(':')];
    if (leftIs !== rightIs) return leftIs ? 1 : -1;
  }
  return left.length - right.length;
};

const withHead = (methods: Iterable<string>): string[] => {
  const all = new Set(methods);
  if (all.has('GET')) all.add('HEAD');
  return [...all].sort();
};

/** What the pattern's parameters are in a path; undefined where it does not fit. */
const paramsIn = (pattern: string, path: string): Readonly<Record<string, string>> | undefined => {
  const [steps, given] = [pattern.split('/'), path.split('/')];
  const pairs = steps.map((step, at) => [step, given[at] ?? ''] as const);
  if (steps.length !== given.length || pairs.some(([step, value]) => !step.startsWith(':') && step !== value)) return undefined;
  return Object.fromEntries(pairs.filter(([step]) => step.startsWith(':')).map(([step, value]) => [step.slice(1), value]));
};

/** Users choose what they are called, and one may be called like a path: his own routes are found there too. */
const routesOfNamesake = (contract: readonly Route[], path: string) =>
  path.includes(':')
    ? []
    : contract.flatMap((route) => {
        const params = route.access.kind === 'path-user' ? paramsIn(route.path, path) : undefined;
        return params ? [{ route, params }] : [];
      });

/** The paths of the contract, each with what is bound of it here. */
export const pathEntries = <Bound extends Pick<BoundRoute, 'route'>>(
  contract: readonly Route[],
  bound: readonly Bound[],
  serve: (route: Bound) => Serve,
): readonly PathEntry[] => {
  const paths = [...new Set(contract.map(({ path }) => path))].sort(byPrecedence);
  return paths.map((path) => {
    const here = new Map<string, Serve>();
    const add = ({ method }: Route, handler: Serve) => {
      here.set(method.toUpperCase(), handler);
      if (method === 'get') here.set('HEAD', handler);
    };
    const namesake = routesOfNamesake(contract, path);
    for (const one of bound) {
      const handler = serve(one);
      if (one.route.path === path) add(one.route, handler);
      const params = namesake.find(({ route }) => keyOf(route) === keyOf(one.route))?.params;
      if (params) add(one.route, (exchange) => handler(exchange, params));
    }
    const routes = [...contract.filter((route) => route.path === path), ...namesake.map(({ route }) => route)];
    const methods = routes.map(({ method }) => method.toUpperCase());
    return { path, serve: here, allow: withHead(methods).join(', ') };
  });
};

export const readEntry = (path: string, serve: Serve): PathEntry => ({
  path,
  serve: new Map([
    ['GET', serve],
    ['HEAD', serve],
  ]),
  allow: 'GET, HEAD',
});

/** Every path of the contract, and whatever stands below `/ops`: that is the projector's alone. */
export const forwardingEntries = (contract: readonly Route[], forward: Serve): readonly PathEntry[] => [
  ...pathEntries(
    contract,
    contract.map((route) => ({ route })),
    () => forward,
  ),
  { path: '/ops/*rest', serve: new Map(['GET', 'HEAD', 'POST'].map((method) => [method, forward])), allow: 'GET, HEAD, POST' },
];
