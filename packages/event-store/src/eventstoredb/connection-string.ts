export type Connection = {
  /** For the client, without user and password: those go with every call. */
  readonly url: string;
  readonly credentials: { readonly username: string; readonly password: string };
};

/** What is wrong with the setting; its text never holds the password. */
export class ConnectionStringError extends Error {
  override readonly name = 'ConnectionStringError';
}

/** Of the client's own keys, those that keep what this adapter promises. */
const keys = new Map(
  [
    'tls',
    'tlsCAFile',
    'connectionName',
    'defaultDeadline',
    'maxDiscoverAttempts',
    'discoveryInterval',
    'gossipTimeout',
    'nodePreference',
    'keepAliveInterval',
    'keepAliveTimeout',
  ].map((key) => [key.toLowerCase(), key]),
);
const refusedKeys = new Map([
  ['throwonappendfailure', 'without exceptions the client answers conflicts as successes'],
  ['tlsverifycert', 'the client ignores it: give tlsCAFile or NODE_EXTRA_CA_CERTS'],
  ['usercertfile', 'users known by a certificate alone are not supported'],
  ['userkeyfile', 'users known by a certificate alone are not supported'],
]);
const numbers = new Set([
  'defaultDeadline',
  'maxDiscoverAttempts',
  'discoveryInterval',
  'gossipTimeout',
  'keepAliveInterval',
  'keepAliveTimeout',
]);
const leastKeepAliveMs = 10_000; // below it the client warns, at -1 a frozen server is never noticed

const fail = (reason: string): never => {
  throw new ConnectionStringError(reason);
};

const parseOption = (text: string): readonly [string, string] => {
  const [name = '', value, ...more] = text.split('=');
  const refused = refusedKeys.get(name.toLowerCase());
  if (refused) return fail(`${name}: ${refused}`);
  const key = keys.get(name.toLowerCase()) ?? fail(`${name || 'an empty key'} is no option of an EventStoreDB connection string`);
  if (value === undefined || value === '' || more.length > 0) return fail(`${key} needs one value`);
  if (key === 'tls' && value !== 'true' && value !== 'false') return fail('tls is true or false');
  if (key === 'nodePreference' && value !== 'leader') return fail('nodePreference: appends and exact reads need the leader');
  if (numbers.has(key) && !/^\d+$/.test(value)) return fail(`${key} is a whole number`);
  if (key === 'keepAliveInterval' && Number(value) < leastKeepAliveMs) return fail(`keepAliveInterval is at least ${leastKeepAliveMs} ms`);
  return [key, value];
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return fail('user and password must be percent-encoded');
  }
};
const parseCredentials = (text: string): Connection['credentials'] => {
  const [username, password, ...rest] = text.split(':');
  if (rest.length > 0) return fail('user and password must be percent-encoded: there is a second colon');
  return username && password ? { username: decode(username), password: decode(password) } : fail('user and password are both needed');
};

const hostPattern = /^(\[[0-9a-f:]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i;
/** The server takes any pair where it runs without TLS, and the client then sends none; giving one keeps it off its shared append stream. */
const insecureCredentials = { username: 'insecure', password: 'insecure' };

/**
 * Reads `esdb://user:password@host:2113?tls=…` strictly: what the client would ignore, or print with the password in it, is refused here.
 * @throws ConnectionStringError
 */
export const parseConnectionString = (text: string, { production = false }: { readonly production?: boolean } = {}): Connection => {
  const [, scheme = '', rest = ''] = /^([^:]*):\/\/(.*)$/s.exec(text.trim()) ?? fail('it begins with esdb:// or esdb+discover://');
  if (scheme !== 'esdb' && scheme !== 'esdb+discover') return fail(`${scheme}:// is not understood: esdb:// or esdb+discover://`);
  const [address = '', query, ...more] = rest.split('?');
  if (more.length > 0) return fail('there is a second question mark');
  const at = address.lastIndexOf('@');
  const hosts = address
    .slice(at + 1)
    .replace(/\/+$/, '')
    .split(',');
  if (!hosts.every((host) => hostPattern.test(host))) return fail('it names one host or several, each host:port');
  if (scheme === 'esdb+discover' && hosts.length > 1) return fail('esdb+discover:// takes one name');
  const options = new Map(query === undefined ? [] : query.split('&').map(parseOption));
  const secure = options.get('tls') !== 'false';
  const credentials = at === -1 ? undefined : parseCredentials(address.slice(0, at));
  if (secure && !credentials) return fail('with TLS it needs user:password@');
  if (production && credentials?.username === 'admin' && credentials.password === 'changeit')
    return fail('the default password of admin is refused in production');
  const findsLeader = scheme === 'esdb+discover' || hosts.length > 1;
  if (findsLeader && !options.has('gossipTimeout')) options.set('gossipTimeout', '1'); // seconds; the default of 5 is waited out for each frozen node
  const settings = [...options].map(([key, value]) => `${key}=${value}`).join('&');
  return { url: `${scheme}://${hosts.join(',')}${settings ? `?${settings}` : ''}`, credentials: credentials ?? insecureCredentials };
};
