import type { Clock } from '@shop/clock';
import { userIdText } from '../contract/index.js';
import { Problem } from '../problem.js';
import type { AuthSettings, JwtSettings } from '../settings.js';

/** Who sent a request, as far as that is proven. With authentication off ids are trusted as they are sent. */
export type Caller =
  { readonly kind: 'trusted' } | { readonly kind: 'token'; readonly subject: string; readonly scopes: ReadonlySet<string> };

/** @throws Problem `UNAUTHENTICATED`, `AUTH_UNAVAILABLE` */
export type Authenticate = (authorization: string | undefined) => Caller | Promise<Caller>;

const toleranceSeconds = 30;
/** A signature stays what it is, so a token is checked again only this often: what it costs to learn that a key was withdrawn. */
const rememberMs = 60_000;
const mostRemembered = 10_000;

const bearer = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i;

type Claims = Readonly<Record<string, unknown>>;

/** `scope` is one text with spaces, `scp` that or a list. */
const scopesOf = ({ scope, scp }: Claims): ReadonlySet<string> => {
  const granted: unknown = scope ?? scp;
  const names: readonly unknown[] = Array.isArray(granted) ? granted : typeof granted === 'string' ? granted.split(' ') : [];
  return new Set(names.filter((name) => typeof name === 'string' && name !== '').map(String));
};

type Verified = { readonly caller: Caller; readonly exp: number };
type Verify = (token: string, now: Date) => Promise<Verified>;

const verifier = async ({ keys, algorithms, issuer, audience }: JwtSettings): Promise<Verify> => {
  const { createRemoteJWKSet, errors, jwtVerify } = await import('jose');
  const options = (currentDate: Date) => ({
    issuer,
    audience,
    algorithms: [...algorithms],
    clockTolerance: toleranceSeconds,
    requiredClaims: ['exp', 'sub'],
    currentDate,
  });
  const withSecret = (secret: Uint8Array) => (token: string, now: Date) => jwtVerify(token, secret, options(now));
  const withKeySet = (url: URL) => {
    const keySet = createRemoteJWKSet(url, { timeoutDuration: 3_000 });
    return (token: string, now: Date) => jwtVerify(token, keySet, options(now));
  };
  const check = keys.source === 'secret' ? withSecret(new TextEncoder().encode(keys.secret)) : withKeySet(new URL(keys.url));
  const refusals = [
    errors.JWTClaimValidationFailed,
    errors.JWTExpired,
    errors.JWTInvalid,
    errors.JWSInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JOSEAlgNotAllowed,
    errors.JOSENotSupported,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
  ];
  return async (token, now) => {
    try {
      const { payload } = await check(token, now);
      const subject = userIdText.safeParse(payload.sub);
      if (!subject.success) throw new Problem('UNAUTHENTICATED', {}, { reason: 'unusable_subject' });
      if (payload.exp === undefined) throw new Problem('UNAUTHENTICATED');
      return { caller: { kind: 'token', subject: subject.data, scopes: scopesOf(payload) }, exp: payload.exp };
    } catch (error) {
      if (error instanceof Problem) throw error;
      // Whatever does not say that this token is bad is a failure to get keys: it must not look like one of the client.
      throw new Problem(
        refusals.some((refusal) => error instanceof refusal) ? 'UNAUTHENTICATED' : 'AUTH_UNAVAILABLE',
        {},
        { cause: error },
      );
    }
  };
};

const withToken = (settings: JwtSettings, clock: Clock): Authenticate => {
  const verifying = verifier(settings);
  const remembered = new Map<string, Verified & { readonly until: number }>();
  const verifyAndRemember = async (token: string, now: Date): Promise<Caller> => {
    const verified = await (await verifying)(token, now);
    if (remembered.size >= mostRemembered) for (const oldest of remembered.keys()) if (remembered.delete(oldest)) break;
    remembered.set(token, { ...verified, until: clock.monotonic() + rememberMs });
    return verified.caller;
  };
  return (authorization) => {
    const token = authorization === undefined ? undefined : bearer.exec(authorization)?.[1];
    if (token === undefined) throw new Problem('UNAUTHENTICATED');
    const now = clock.now();
    const known = remembered.get(token);
    if (known !== undefined && known.until > clock.monotonic() && known.exp + toleranceSeconds > now.getTime() / 1_000) return known.caller;
    remembered.delete(token);
    return verifyAndRemember(token, now);
  };
};

const trusted: Caller = { kind: 'trusted' };

export const authenticator = (settings: AuthSettings, clock: Clock): Authenticate =>
  settings.mode === 'off' ? () => trusted : withToken(settings, clock);
