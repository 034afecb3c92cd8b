const exposed = [
  'Consistency-Token',
  'As-Of-Position',
  'Idempotent-Replayed',
  'ETag',
  'Location',
  'Retry-After',
  'X-Request-Id',
  'Content-Language',
  'WWW-Authenticate',
  'Allow',
].join(', ');

const accepted = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'Consistency',
  'Consistency-Token',
  'If-Match',
  'If-None-Match',
  'X-User-Id',
  'X-Request-Id',
  'traceparent',
].join(', ');

/** Which other origins a browser may hand an answer to: none, unless the shop names them. */
export const corsHeaders = (origin: string | undefined, origins: readonly string[]): readonly string[] => {
  const allowed = origins.includes('*') ? '*' : origin !== undefined && origins.includes(origin) ? origin : undefined;
  if (allowed === undefined) return ['Vary', 'Origin'];
  return ['Access-Control-Allow-Origin', allowed, 'Access-Control-Expose-Headers', exposed, 'Vary', 'Origin'];
};

/** What a browser asks for before a request with headers of its own; whose origin may is said by `corsHeaders`. */
export const corsPreflight = (allow: string): string[] => [
  'Access-Control-Allow-Methods',
  allow,
  'Access-Control-Allow-Headers',
  accepted,
  'Access-Control-Max-Age',
  '600',
];
