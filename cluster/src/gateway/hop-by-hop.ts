import type { HeaderList } from '@shop/http';

/** What is said between two neighbours and ends with them (RFC 9110, 7.6.1). `Expect` has been answered here. */
const betweenNeighbours = [
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

const pairsOf = (raw: readonly string[]): readonly (readonly [string, string])[] =>
  raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ''] as const] : []));

/** Headers as the other side may see them, names and values by turns: without those of this connection, and without `others` (lower case). */
export const passedOn = (raw: readonly string[], others: readonly string[] = []): HeaderList => {
  const pairs = pairsOf(raw);
  const named = pairs.filter(([name]) => name.toLowerCase() === 'connection').flatMap(([, value]) => value.toLowerCase().split(/\s*,\s*/));
  const dropped = new Set([...betweenNeighbours, ...named, ...others]);
  return pairs.filter(([name]) => !dropped.has(name.toLowerCase())).flat();
};
