import type { IncomingMessage } from 'node:http';
import type { ProblemReason } from '../problem.js';
import type { HttpSettings } from '../settings.js';

/** Why a request is refused for where it comes from; undefined where it is not. */
export type RefuseForeign = (request: Pick<IncomingMessage, 'headers' | 'method'>) => ProblemReason | undefined;

const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
const isRead = (method: string | undefined) => method === 'GET' || method === 'HEAD';

/**
 * Without tokens, whoever reaches the port may act for everybody, and that is every web page that the developer has open: a
 * simple POST needs no preflight, and a name that was made to lead to loopback (DNS rebinding) makes any page one of the shop's
 * own. A browser tells both by itself, in headers that pages cannot set; what is no browser sends none of them.
 */
export const refuseForeign = ({ auth, corsOrigins }: Pick<HttpSettings, 'auth' | 'corsOrigins'>): RefuseForeign => {
  if (auth.mode !== 'off') return () => undefined;
  const isTrusted = (origin: string | undefined) => corsOrigins.includes('*') || (origin !== undefined && corsOrigins.includes(origin));
  return ({ headers, method }) => {
    const { host = '', origin } = headers;
    // As long as it is not opened to others, HOST itself is a loopback name.
    if (headers.host !== undefined && !auth.anyHost && !loopbackHost.test(host)) return 'foreign_host';
    if (isRead(method) || isTrusted(origin)) return undefined;
    if (headers['sec-fetch-site'] === 'cross-site') return 'foreign_page';
    return origin === undefined || origin === `http://${host}` || origin === `https://${host}` ? undefined : 'foreign_page';
  };
};
