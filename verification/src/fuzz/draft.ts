import type { Route } from '@shop/http';
import type { Json } from './valid-value.js';

/** A request before it is put into bytes. */
export type Draft = {
  readonly route: Route;
  readonly method: string;
  /** Names and values of the path's parameters, not encoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json | undefined;
  /** What a cursor in the answer belongs to. */
  readonly list: string;
  /** For whom it is; undefined for the routes that are for nobody. */
  readonly user: string | undefined;
};

export type FuzzRequest = {
  /** The route that it is for; undefined where there is none. */
  readonly route: Route | undefined;
  readonly method: string;
  /** With the query, encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** What was done to a valid request. */
  readonly about: string;
  /** Statuses of which one must come; undefined where any documented one will do. */
  readonly refusedWith?: readonly number[];
  /** Nothing was done to it: it must not be refused for its form, or for who sent it. */
  readonly valid: boolean;
  readonly user: string | undefined;
};

const encoded = encodeURIComponent;

export const pathOf = ({ route, params, query }: Pick<Draft, 'route' | 'params' | 'query'>): string => {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => encoded(params[name] ?? ''));
  const question = query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
  return question === '' ? path : `${path}?${question}`;
};

export const bodyOf = ({ body }: Pick<Draft, 'body'>): Buffer | undefined =>
  body === undefined ? undefined : Buffer.from(JSON.stringify(body));

export const asRequest = (draft: Draft, about = 'valid'): FuzzRequest => ({
  route: draft.route,
  method: draft.method,
  path: pathOf(draft),
  headers: draft.headers,
  body: bodyOf(draft),
  about,
  valid: about === 'valid',
  user: draft.user,
});
