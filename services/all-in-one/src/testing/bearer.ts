import { createHmac } from 'node:crypto';

const secret = 's'.repeat(32);
const identity = { iss: 'issuer', aud: 'audience', exp: 9_999_999_999 };

/** Settings of a shop that wants tokens; one source of keys is still to be named. */
export const wantsTokens = { AUTH_MODE: 'jwt', JWT_ISSUER: identity.iss, JWT_AUDIENCE: identity.aud } as const;
/** Settings of a shop that knows the tokens of `bearer`. */
export const knowsTokens = { ...wantsTokens, JWT_HS256_SECRET: secret } as const;

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The header of a user's request; `scope` is what reaches beyond the user's own. */
export const bearer = (sub: string, scope?: string, alg = 'HS256') => {
  const signed = `${base64({ alg, kid: 'k1' })}.${base64({ ...identity, sub, ...(scope !== undefined && { scope }) })}`;
  return { authorization: `Bearer ${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}` };
};
