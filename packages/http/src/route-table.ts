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

/** The paths of the contract, each with what is bound of it here. */
export const pathEntries = (
  contract: readonly Route[],
  bound: readonly BoundRoute[],
  serve: (route: BoundRoute) => Serve,
): readonly PathEntry[] => {
  const paths = [...new Set(contract.map(({ path }) => path))].sort(byPrecedence);
  return paths.map((path) => {
    const here = new Map<string, Serve>();
    for (const one of bound)
      if (one.route.path === path) {
        const handler = serve(one);
        here.set(one.route.method.toUpperCase(), handler);
        if (one.route.method === 'get') here.set('HEAD', handler);
      }
    const methods = contract.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
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
