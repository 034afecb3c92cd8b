import { createHmac } from 'node:crypto';
import { scopes } from '@shop/http';

const secret = 'a secret of more than 32 bytes, for tests';
/** What a shop is started with that believes the tokens made here. */
export const tokenEnvironment = {
  AUTH_MODE: 'jwt',
  JWT_HS256_SECRET: secret,
  JWT_ISSUER: 'https://id.example',
  JWT_AUDIENCE: 'shop',
} as const;

export const allScopes: string = scopes.join(' ');

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const year = 31_536_000;

/** `exp` is in seconds; by default a year from now. */
export type Claims = { readonly sub: string; readonly scope?: string; readonly aud?: string; readonly exp?: number };

/** A signed token, as the value of an Authorization header. */
export const bearer = (claims: Claims): string => {
  const all = {
    iss: tokenEnvironment.JWT_ISSUER,
    aud: tokenEnvironment.JWT_AUDIENCE,
    exp: Math.floor(Date.now() / 1_000) + year,
    ...claims,
  };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(all)}`;
  return `Bearer ${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
};
