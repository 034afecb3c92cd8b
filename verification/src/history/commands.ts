import { codeIn, pathOf, type HistoryLine } from '@shop/audit';
import type { ShopEventType } from '@shop/events';
import { z } from 'zod';

const named = z.object({ productId: z.coerce.string() });

/** What a client can repeat without fear: under a key, or because it has one effect by itself. */
export type CommandKind = 'charge' | 'order' | 'cancellation' | 'registration' | 'adjustment' | 'addition';

/** All requests that asked for one effect, and the event that is that effect. */
export type Command = {
  readonly kind: CommandKind;
  readonly name: string;
  /** The user or product whose stream has the effect; a user for an order. */
  readonly owner: string;
  /** In the order of their beginnings, never empty. */
  readonly attempts: readonly HistoryLine[];
  /** The success that was answered first. */
  readonly acknowledged: HistoryLine | undefined;
};

export const effectOf: Readonly<Record<CommandKind, ShopEventType>> = {
  charge: 'WalletCharged',
  order: 'OrderPaid',
  cancellation: 'OrderCancelled',
  registration: 'ProductRegistered',
  adjustment: 'StockAdjusted',
  addition: 'CartItemAdded',
};

/** Whether an answer is the last word on a request: what is not is asked again. */
export const isDefinite = (answer: Pick<HistoryLine, 'status' | 'answer'>): boolean =>
  answer.status !== null && answer.status < 500 && answer.status !== 429 && codeIn(answer) !== 'IDEMPOTENCY_KEY_IN_USE';

export const isSuccess = ({ status }: Pick<HistoryLine, 'status'>): boolean => status !== null && status < 300;

type Kind = { readonly kind: CommandKind; readonly owner: string; readonly identity: string | undefined };

const kindOf = (line: HistoryLine): Kind | undefined => {
  if (line.method !== 'POST') return undefined;
  const { segments, query } = pathOf(line);
  const [collection, id, action] = segments;
  const user = line.userId ?? '';
  const keyed = (kind: CommandKind, owner: string): Kind => ({ kind, owner, identity: line.key });
  if (collection === 'balance') return keyed('charge', user);
  if (collection === 'products' && id === undefined) return keyed('registration', named.safeParse(line.body).data?.productId ?? '');
  if (collection === 'products') return action === 'stock-adjustments' ? keyed('adjustment', id ?? '') : undefined;
  if (collection !== 'orders' || query.has('dryRun')) return undefined;
  if (id === undefined || (id === 'cart' && action === 'checkout')) return keyed('order', user);
  if (id === 'cart') return keyed('addition', user);
  return { kind: 'cancellation', owner: user, identity: id };
};

/** The commands in a history, those of several clients under one key as one. */
export const commandsIn = (history: readonly HistoryLine[]): readonly Command[] => {
  const groups = new Map<string, { readonly kind: Kind; readonly attempts: HistoryLine[] }>();
  history.forEach((line, index) => {
    const kind = kindOf(line);
    if (!kind) return;
    const name = `${kind.kind} ${kind.identity ?? `at line ${index + 1}`} of ${kind.owner}`;
    const group = groups.get(name) ?? { kind, attempts: [] };
    groups.set(name, group);
    group.attempts.push(line);
  });
  return [...groups].map(([name, { kind, attempts }]) => ({
    name,
    kind: kind.kind,
    owner: kind.owner,
    attempts: attempts.sort((one, other) => one.begin - other.begin),
    acknowledged: attempts
      .filter(isSuccess)
      .sort((one, other) => (one.end ?? Infinity) - (other.end ?? Infinity))
      .at(0),
  }));
};
