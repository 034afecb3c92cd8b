import { invalidInput } from '../input-errors.js';
import { Problem } from '../problem.js';
import type { Access, Scope } from '../route.js';
import type { Caller } from './authenticate.js';

/** Users that a request names: in the header, in its body or query, in its path. */
export type NamedUsers = { readonly header: string | undefined; readonly input: string | undefined; readonly path: string | undefined };

/** For whom a request acts, and who answers for it. The fields mean what they mean in `RouteRequest`. */
export type Authorized = {
  readonly userId: string;
  readonly anyUser: boolean;
  readonly actor: string;
  readonly caller: string;
};

const nobody = 'anonymous';
const forbidden = (requiredScope?: Scope) => new Problem('FORBIDDEN', requiredScope === undefined ? {} : { requiredScope });
const as = (userId: string, actor: string, anyUser = false): Authorized => ({ userId, anyUser, actor, caller: actor });

/** Two names in one request would make a guess of whom it is for. */
const oneOf = ({ header, input }: NamedUsers): string | undefined => {
  if (header !== undefined && input !== undefined && header !== input)
    throw invalidInput({ in: 'header', path: ['x-user-id'], code: 'not_allowed', rule: 'one_user' });
  return input ?? header;
};

const trustedCaller = (access: Access, named: NamedUsers): Authorized => {
  const user = oneOf(named);
  switch (access.kind) {
    case 'public':
    case 'scope':
      return as('', user ?? nobody);
    case 'path-user':
      return as(named.path ?? '', user ?? named.path ?? nobody);
    case 'self':
      if (user === undefined) throw new Problem('USER_ID_REQUIRED');
      return as(user, user);
  }
};

type TokenCaller = Extract<Caller, { kind: 'token' }>;

/** Anybody but the token's subject is out of reach without the scope for it. */
const reachable = ({ subject, scopes }: TokenCaller, reach: Scope | undefined, ...users: (string | undefined)[]): boolean => {
  const reachesAll = reach !== undefined && scopes.has(reach);
  if (!reachesAll && users.some((user) => user !== undefined && user !== subject)) throw forbidden(reach);
  return reachesAll;
};

const tokenCaller = (access: Access, caller: TokenCaller, named: NamedUsers): Authorized => {
  const { subject } = caller;
  switch (access.kind) {
    case 'public':
      return as('', subject);
    case 'scope':
      if (!caller.scopes.has(access.scope)) throw forbidden(access.scope);
      return as('', subject);
    case 'path-user':
      reachable(caller, access.reach, named.header, named.path);
      return as(named.path ?? '', subject);
    case 'self': {
      const reachesAll = reachable(caller, access.reach, named.header, named.input);
      const user = oneOf(named);
      return as(user ?? subject, subject, reachesAll && user === undefined);
    }
  }
};

/** @throws Problem `FORBIDDEN`, `USER_ID_REQUIRED`, `VALIDATION_FAILED` (two users named) */
export const authorize = (access: Access, caller: Caller | undefined, named: NamedUsers): Authorized => {
  if (caller === undefined) return as('', nobody);
  return caller.kind === 'trusted' ? trustedCaller(access, named) : tokenCaller(access, caller, named);
};

/** The scope a route asks of its own user too, where the shop is set up so. */
export const requireScope = (caller: Caller | undefined, scope: Scope): void => {
  if (caller?.kind === 'token' && !caller.scopes.has(scope)) throw forbidden(scope);
};
