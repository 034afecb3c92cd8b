import { z } from 'zod';
import type { Say } from '../finding.js';
import type { Fact, Judge } from '../judge.js';
import { productIn, type Ledger } from '../ledger/ledger.js';
import { correlationOf, operationOf } from './commands.js';
import { codeIn, type Acknowledged, type HistoryLine } from './history.js';

const shortage = z.object({ items: z.array(z.object({ productId: z.string(), requested: z.number(), stock: z.number() })) });

/** One product that a client was told is short, and between which positions of the log it must have been. */
type Claim = {
  readonly request: string;
  readonly productId: string;
  readonly requested: number;
  readonly from: string;
  readonly until: string;
  /** The order that was refused: known once it reserves something. */
  orderId: string | undefined;
};

const heldBy = (orderId: string, productId: string): string => `${orderId} ${productId}`;

const claimsIn = (history: readonly HistoryLine[], acknowledged: Acknowledged): Claim[] =>
  history.flatMap((line): Claim[] => {
    if (operationOf(line) !== 'order' || codeIn(line) !== 'INSUFFICIENT_STOCK' || line.end === null) return [];
    const request = line.requestId ?? `${line.path} at ${line.begin}`;
    const [from, until] = [acknowledged.before(line.begin), acknowledged.after(line.end)];
    return shortage
      .parse(line.answer)
      .items.map(({ productId, requested }) => ({ request, productId, requested, from, until, orderId: undefined }));
  });

/**
 * I8, of “sold out”: each product named was short at some moment between the request and its answer at which the order itself held nothing of it.
 * What a twin of the request holds of other products makes none short.
 * Of times only that is used which the log proves: what was acknowledged before is in it, what was asked later comes later.
 */
export const shortagesAreTrue = (history: readonly HistoryLine[], acknowledged: Acknowledged): Judge => {
  const waiting = claimsIn(history, acknowledged).sort((one, other) => (one.from < other.from ? -1 : one.from > other.from ? 1 : 0));
  let next = 0;
  const active = new Map<string, Set<Claim>>();
  const byRequest = new Map<string, Claim[]>();
  for (const claim of waiting) byRequest.set(claim.request, [...(byRequest.get(claim.request) ?? []), claim]);
  /** Of orders that have reserved something. */
  const byOrder = new Map<string, Set<Claim>>();
  /** Open reservations of a product, by order. */
  const held = new Map<string, number>();

  const isTrue = ({ productId, requested, orderId }: Claim, ledger: Readonly<Ledger>): boolean =>
    productIn(ledger, productId).available < requested && (orderId === undefined || !held.has(heldBy(orderId, productId)));
  const activate = (position: string, ledger: Readonly<Ledger>): void => {
    for (let claim = waiting[next]; claim && claim.from < position; claim = waiting[next]) {
      next += 1;
      if (isTrue(claim, ledger)) continue;
      const same = active.get(claim.productId) ?? new Set<Claim>();
      active.set(claim.productId, same.add(claim));
    }
  };
  const untrue = ({ request, productId, requested }: Claim, say: Say): void =>
    say('I8', `request ${request}`, `${productId} short of ${requested} at a moment when its order held none`, 'never while it ran');
  const test = (claims: Iterable<Claim>, position: string, ledger: Readonly<Ledger>, say: Say): void => {
    for (const claim of claims) {
      const same = active.get(claim.productId);
      if (!same?.has(claim)) continue;
      if (position <= claim.until && !isTrue(claim, ledger)) continue;
      same.delete(claim);
      if (position > claim.until) untrue(claim, say);
    }
  };
  const hold = (orderId: string, productId: string, by: 1 | -1): void => {
    const name = heldBy(orderId, productId);
    const now = (held.get(name) ?? 0) + by;
    if (now === 0) held.delete(name);
    else held.set(name, now);
  };
  const follow = (fact: Fact): readonly Claim[] => {
    const { event } = fact;
    if (event.type === 'StockSold') for (const { orderId } of event.data.reservations) hold(orderId, event.data.productId, -1);
    if (event.type === 'StockReleased') hold(event.data.orderId, event.data.productId, -1);
    if (event.type === 'StockReserved') hold(event.data.orderId, event.data.productId, 1);
    if (event.type !== 'StockReserved' && event.type !== 'StockReleased') return [];
    const { orderId } = event.data;
    const request = correlationOf(fact);
    const asked = typeof request === 'string' ? (byRequest.get(request) ?? []) : [];
    for (const claim of asked) {
      claim.orderId ??= orderId;
      byOrder.set(claim.orderId, (byOrder.get(claim.orderId) ?? new Set<Claim>()).add(claim));
    }
    const claims = [...(byOrder.get(orderId) ?? [])]; // also where it is recovery that lets go of what the request held
    return claims;
  };
  return {
    invariants: ['I8'],
    before: ({ recorded, event }, ledger) => {
      activate(recorded.position, ledger);
      // One that was sold before it came back is held no more.
      if (event.type === 'StockReturned' && ledger.reservations.has(event.data.reservationId))
        hold(event.data.orderId, event.data.productId, -1);
    },
    after: (fact, ledger, say) => {
      if (byRequest.size === 0) return;
      const claims = follow(fact);
      const { position } = fact.recorded;
      test(claims, position, ledger, say);
      if ('productId' in fact.event.data) test(active.get(fact.event.data.productId) ?? [], position, ledger, say);
    },
    end: (ledger, say) => {
      activate('g', ledger);
      for (const claims of active.values()) for (const claim of claims) untrue(claim, say);
    },
  };
};
