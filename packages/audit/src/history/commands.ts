import { z } from 'zod';
import { canonical } from '../canonical.js';
import type { Invariant, Say } from '../finding.js';
import type { Fact, Judge } from '../judge.js';
import { codeIn, pathOf, type HistoryLine } from './history.js';

const orderAnswer = z.object({ orderId: z.string(), totalAmount: z.number(), balanceAfter: z.number() });
const chargeAnswer = z.object({ transaction: z.object({ transactionId: z.string(), amount: z.number(), balanceAfter: z.number() }) });
const items = z.object({ items: z.array(z.object({ productId: z.coerce.string(), quantity: z.number() })) });

/** Not now: nothing else can be said of the request. Another execution of the same key says nothing of the kind. */
export const isFinalRefusal = (line: HistoryLine): boolean =>
  line.status !== null && [402, 404, 409, 412].includes(line.status) && codeIn(line) !== 'IDEMPOTENCY_KEY_IN_USE';

type Operation = 'order' | 'charge';
export const operationOf = (line: HistoryLine): Operation | undefined => {
  if (line.method !== 'POST') return undefined;
  const route = pathOf(line).segments.join('/');
  if (route === 'orders' || route === 'orders/cart/checkout') return pathOf(line).query.has('dryRun') ? undefined : 'order';
  return route === 'balance/charge' ? 'charge' : undefined;
};

/** What two requests under one key have in common if they are the same: lines are summed by product, their order does not count. */
const requestOf = (line: HistoryLine): string => {
  const lines = items.safeParse(line.body).data?.items;
  if (!lines) return `${line.path} ${canonical(line.body)}`;
  const sums: Record<string, number> = {};
  for (const { productId, quantity } of lines) sums[productId] = (sums[productId] ?? 0) + quantity;
  return `${line.path} ${canonical({ ...Object(line.body), items: sums })}`;
};

/** What a success says that the log must say too. */
type Claim = { readonly id: string; readonly amount: number; readonly balance: number };
const claimOf = (line: HistoryLine, operation: Operation): Claim | undefined => {
  if (line.status === null || line.status >= 300) return undefined;
  if (operation === 'order') {
    const { orderId: id, totalAmount: amount, balanceAfter: balance } = orderAnswer.parse(line.answer);
    return { id, amount, balance };
  }
  const { transactionId: id, amount, balanceAfter: balance } = chargeAnswer.parse(line.answer).transaction;
  return { id, amount, balance };
};

const effectOf = ({ event: { type, data } }: Fact): Claim | undefined => {
  if (type === 'OrderPaid') return { id: data.orderId, amount: data.totalAmount, balance: data.balance };
  return type === 'WalletCharged' ? { id: data.chargeId, amount: data.amount, balance: data.balance } : undefined;
};

const effects: ReadonlySet<string> = new Set([
  'OrderPaid',
  'OrderCancelled',
  'WalletCharged',
  'StockAdjusted',
  'ProductRegistered',
  'CartItemAdded',
]);
export const correlationOf = ({ recorded: { metadata } }: Fact): unknown =>
  typeof metadata === 'object' && metadata !== null && 'correlationId' in metadata ? metadata.correlationId : undefined;

type Kept = { readonly line: HistoryLine; readonly request: string; readonly claim: Claim | undefined };

const byKey = (history: readonly HistoryLine[]): ReadonlyMap<string, readonly Kept[]> => {
  const groups = new Map<string, Kept[]>();
  for (const line of history) {
    const operation = operationOf(line);
    if (operation === undefined || line.key === undefined) continue;
    const name = canonical([operation, line.userId ?? null, line.key]);
    const group = groups.get(name) ?? [];
    group.push({ line, request: requestOf(line), claim: claimOf(line, operation) });
    groups.set(name, group);
  }
  return groups;
};

/** One key is one effect, bound to the request that had it; afterwards the same request is never refused. */
const judgeKeys = (history: readonly HistoryLine[], say: Say): void => {
  const invariant: Invariant = 'I8';
  for (const [name, group] of byKey(history)) {
    const successes = group.filter(({ claim }) => claim !== undefined);
    const [first] = successes;
    if (!first) continue;
    for (const { request, claim } of successes) {
      if (canonical(claim) !== canonical(first.claim)) say(invariant, `key ${name}`, `one effect, ${canonical(first.claim)}`, claim);
      if (request !== first.request) say(invariant, `key ${name}`, `refused for another request than ${first.request}`, request);
    }
    const known = Math.min(...successes.map(({ line }) => line.end ?? Infinity));
    for (const { line, request } of group)
      if (isFinalRefusal(line) && line.begin > known && request === first.request)
        say(
          invariant,
          `key ${name}`,
          `the effect it had at ${known}`,
          `${line.status} ${codeIn(line) ?? ''} to a request at ${line.begin}`,
        );
  }
};

/** I8, of what clients saw: a success is in the log as it was answered, one key is one effect, and a refused request has none. */
export const commandsAreAnsweredTruly = (history: readonly HistoryLine[]): Judge => {
  const claims = new Map<string, Claim>();
  const refusedRequests = new Map<string, boolean>();
  for (const line of history) {
    const operation = operationOf(line);
    const claim = operation && claimOf(line, operation);
    if (claim) claims.set(claim.id, claim);
    const isRefused = line.status !== null && line.status >= 400 && line.status < 500 && line.method !== 'GET';
    if (line.requestId !== undefined) refusedRequests.set(line.requestId, isRefused && (refusedRequests.get(line.requestId) ?? true));
  }
  return {
    invariants: ['I8'],
    after: (fact, _, say) => {
      const { type } = fact.event;
      if (effects.has(type)) {
        const request = correlationOf(fact);
        if (typeof request === 'string' && refusedRequests.get(request) === true)
          say('I8', `request ${request}`, 'refused, so without effect', type);
      }
      const effect = effectOf(fact);
      const claim = effect && claims.get(effect.id);
      if (!claim) return;
      if (canonical(effect) !== canonical(claim)) say('I8', `answer to ${effect.id}`, effect, claim);
      claims.delete(effect.id);
    },
    end: (_, say) => {
      for (const claim of claims.values()) say('I8', `answer to ${claim.id}`, 'in the log, as it was acknowledged', 'not in the log');
      judgeKeys(history, say);
    },
  };
};
