import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '@shop/clock';

/** False where `key` has had its share of this second. Load shedding of one process: N processes let N times as much through. */
export type TakeTurn = (key: string) => boolean;

export const rateLimit = (perSecond: number, clock: Clock): TakeTurn => {
  if (perSecond === 0) return () => true;
  let second = -1;
  const counts = new Map<string, number>();
  return (key) => {
    const now = Math.floor(clock.monotonic() / 1_000);
    if (now !== second) {
      second = now;
      counts.clear();
    }
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= perSecond;
  };
};

/** Where a request comes from. Each trusted proxy has added one address at the end of X-Forwarded-For; what stands before them is hearsay. */
export const addressOf = (
  { headers, socket }: { readonly headers: IncomingHttpHeaders; readonly socket: { readonly remoteAddress?: string | undefined } },
  trustedHops: number,
): string => {
  const direct = socket.remoteAddress ?? '';
  const forwarded = headers['x-forwarded-for'];
  if (trustedHops === 0 || forwarded === undefined) return direct;
  const hops = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded).split(',').map((hop) => hop.trim());
  return hops[Math.max(0, hops.length - trustedHops)] ?? direct;
};
