import type { OrderLine, TakenOut } from '@shop/events';
import type { Say } from '../finding.js';
import type { Judge } from '../judge.js';
import { cartLinesIn, walletIn, type FactOf, type Ledger } from '../ledger/ledger.js';

const sums = (lines: readonly { readonly productId: string; readonly quantity: number }[]): ReadonlyMap<string, number> => {
  const byProduct = new Map<string, number>();
  for (const { productId, quantity } of lines) byProduct.set(productId, (byProduct.get(productId) ?? 0) + quantity);
  return byProduct;
};

const sameSums = (bought: readonly OrderLine[], cart: TakenOut['lines']): boolean => {
  const [one, other] = [sums(bought), sums(cart)];
  return one.size === other.size && [...one].every(([productId, quantity]) => other.get(productId) === quantity);
};

const judgePayment = ({ data }: FactOf<'OrderPaid'>, ledger: Readonly<Ledger>, say: Say): void => {
  const { orderId, userId, lines, cart } = data;
  if (!cart) return;
  const about = `cart order ${orderId}`;
  const { lastCartOrder } = walletIn(ledger, userId);
  if (cart.after !== lastCartOrder) say('I16', about, `follows ${lastCartOrder ?? 'no cart order'}`, `follows ${cart.after ?? 'none'}`);
  if (cart.after !== null && !ledger.takenOut.has(cart.after))
    say('I16', about, `order ${cart.after} taken out of the cart before`, 'not taken out');
  if (!sameSums(lines, cart.lines)) say('I16', about, 'pays for the cart lines that it takes', { paid: lines, taken: cart.lines });
};

const judgeTakingOut = ({ data }: FactOf<'CartCheckedOut'>, ledger: Readonly<Ledger>, say: Say): void => {
  const { orderId, userId, lines } = data;
  const about = `taking out of order ${orderId}`;
  if (ledger.takenOut.has(orderId)) return say('I16', about, 'once', 'once more');
  const order = ledger.unsettled.get(orderId);
  if (!order?.cart)
    return say('I16', about, 'a cart order that was paid before', ledger.orderTotals.has(orderId) ? 'no cart order' : 'not paid');
  if (order.userId !== userId) say('I16', about, `in the cart of ${order.userId}`, `in the cart of ${userId}`);
  const there = cartLinesIn(ledger, userId);
  const expected = order.cart.lines
    .map(({ itemId, quantity: bought }) => ({ itemId, bought, left: there.get(itemId)?.quantity ?? 0 }))
    .filter(({ left }) => left > 0)
    .map(({ itemId, bought, left }) => ({ itemId, quantity: Math.min(bought, left), lineQuantity: left - Math.min(bought, left) }));
  const isAsExpected =
    expected.length === lines.length &&
    expected.every((one) => {
      const line = lines.find(({ itemId }) => itemId === one.itemId);
      return line?.quantity === one.quantity && line.lineQuantity === one.lineQuantity;
    });
  if (!isAsExpected) say('I16', about, expected, lines);
};

const judgeClosing = (reservationId: string, orderId: string, ledger: Readonly<Ledger>, say: Say): void => {
  const order = ledger.unsettled.get(orderId);
  if (order?.cart && !order.takenOut) say('I16', `reservation ${reservationId}`, `open until order ${orderId} has left the cart`, 'closed');
};

/** I16: a cart order follows the one before it, which has left the cart; it leaves the cart once, and only then its stock is settled. */
export const cartsAreBoughtOnce: Judge = {
  invariants: ['I16'],
  before: ({ event }, ledger, say) => {
    if (event.type === 'OrderPaid') judgePayment(event, ledger, say);
    if (event.type === 'CartCheckedOut') judgeTakingOut(event, ledger, say);
    if (event.type === 'StockReturned') judgeClosing(event.data.reservationId, event.data.orderId, ledger, say);
    if (event.type === 'StockSold')
      for (const { reservationId, orderId } of event.data.reservations) judgeClosing(reservationId, orderId, ledger, say);
  },
};
