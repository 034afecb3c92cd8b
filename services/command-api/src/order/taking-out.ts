import { instantOf, type Clock } from '@shop/clock';
import type { Position } from '@shop/event-store';
import { cartStream } from '@shop/events';
import { refusalProblem } from '../refusals.js';
import type { Shop } from '../shop.js';
import type { CartOrder, Wallet } from '../wallet/wallet.js';
import type { CommandContext } from '../writing/execute.js';

/** Takes what a paid order bought out of the cart, once. Resolves with a position that contains it. */
export const takeOut = async (
  { carts }: Pick<Shop, 'carts'>,
  clock: Clock,
  userId: string,
  { orderId, lines }: CartOrder,
  context: CommandContext,
): Promise<Position> => {
  const result = await carts.execute(
    cartStream(userId),
    {
      type: 'CheckOutCart',
      userId,
      orderId,
      lines: lines.map(({ itemId, quantity }) => ({ itemId, quantity })),
      occurredAt: instantOf(clock),
    },
    context,
  );
  if (result.outcome === 'refused') throw refusalProblem(result.refusal);
  return result.position;
};

/**
 * The cart order of which nobody knows yet that it was taken out. Of any but the last one that is certain: the wallet pays
 * the next cart order only to a reader who saw the one before taken out.
 */
export const cartOrderToTakeOut = ({ lastCartOrder }: Readonly<Pick<Wallet, 'lastCartOrder'>>, orderId: string): CartOrder | undefined =>
  lastCartOrder?.orderId === orderId ? lastCartOrder : undefined;
