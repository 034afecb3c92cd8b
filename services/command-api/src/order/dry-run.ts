import type { Position } from '@shop/event-store';
import { walletStream, type OrderLine } from '@shop/events';
import type { Refusal } from '../refusals.js';
import type { Shop } from '../shop.js';
import { judge } from './judge.js';
import type { BasketLine } from './order-request.js';
import { seenLines } from './seen-lines.js';

export type DryRunRequest = {
  readonly userId: string;
  readonly lines: readonly BasketLine[];
  readonly expectedTotal?: number | undefined;
};
export type DryRunAnswer =
  | {
      readonly outcome: 'fine';
      readonly lines: readonly OrderLine[];
      readonly totalAmount: number;
      readonly balanceAfter: number;
      readonly position: Position;
    }
  | { readonly outcome: 'refused'; readonly refusal: Refusal };
export type DryRun = (request: DryRunRequest, deadline: number) => Promise<DryRunAnswer>;

/** What an order would come to now. Writes nothing, so it is no order that anybody could be the twin of. */
export const dryRun =
  (shop: Shop, head: () => Promise<Position>, newId: () => string): DryRun =>
  async ({ userId, lines, expectedTotal }, deadline) => {
    const [{ state: wallet }, seen] = await Promise.all([
      shop.wallets.readFresh(walletStream(userId), deadline),
      seenLines(shop.products, lines, deadline),
    ]);
    const { balance } = wallet;
    const verdict = judge(seen, balance, { orderId: newId(), expectedTotal });
    if (verdict.verdict === 'refused') return { outcome: 'refused', refusal: verdict.refusal };
    const { lines: priced, totalAmount } = verdict;
    return { outcome: 'fine', lines: priced, totalAmount, balanceAfter: balance - totalAmount, position: await head() };
  };
