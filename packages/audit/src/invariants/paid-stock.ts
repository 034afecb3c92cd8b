import type { Say } from '../finding.js';
import type { Judge } from '../judge.js';
import type { FactOf, Ledger, UnsettledOrder } from '../ledger/ledger.js';

const judgePayment = ({ data }: FactOf<'OrderPaid'>, { reservations }: Readonly<Ledger>, say: Say): void => {
  const { orderId, checkoutId, userId, lines } = data;
  for (const { productId, quantity, unitPrice } of lines) {
    const reservationId = `${checkoutId}:${productId}`;
    const held = reservations.get(reservationId);
    const isHeld =
      held?.productId === productId &&
      held.checkoutId === checkoutId &&
      held.orderId === orderId &&
      held.userId === userId &&
      held.quantity === quantity &&
      held.unitPrice === unitPrice;
    if (isHeld) continue;
    const expected = { reservationId, orderId, userId, quantity, unitPrice };
    say('I6', `order ${orderId}`, `an open reservation ${JSON.stringify(expected)}`, held ?? 'none');
  }
};

/** The order that a reservation of this product belongs to, where it is paid by the reservation's checkout and not yet settled. */
const orderOf = (ledger: Readonly<Ledger>, productId: string, reservationId: string, orderId: string): UnsettledOrder | undefined => {
  const order = ledger.unsettled.get(orderId);
  const isItsLine = order !== undefined && order.steps.has(productId) && reservationId === `${order.checkoutId}:${productId}`;
  return isItsLine ? order : undefined;
};

/** I6: what is paid was held until then; a reservation that is paid is never released, one that is not is never sold, and only a cancellation brings stock back. */
export const paidMeansReserved: Judge = {
  invariants: ['I6'],
  before: ({ event }, ledger, say) => {
    if (event.type === 'OrderPaid') judgePayment(event, ledger, say);
    if (event.type === 'StockReleased') {
      const { productId, reservationId, orderId } = event.data;
      if (orderOf(ledger, productId, reservationId, orderId))
        say('I6', `reservation ${reservationId}`, 'paid, so never released', 'released');
    }
    if (event.type === 'StockSold') {
      const { productId, reservations } = event.data;
      for (const { reservationId, orderId } of reservations)
        if (!orderOf(ledger, productId, reservationId, orderId))
          say('I6', `reservation ${reservationId}`, `sold only if order ${orderId} is paid by its checkout`, 'sold');
    }
    if (event.type === 'StockReturned') {
      const { productId, reservationId, orderId, quantity } = event.data;
      const order = orderOf(ledger, productId, reservationId, orderId);
      if (!order?.cancelled)
        return say('I6', `reservation ${reservationId}`, `returned only after order ${orderId} is cancelled`, 'returned');
      const bought = order.lines.find((line) => line.productId === productId)?.quantity;
      if (bought !== quantity) say('I6', `reservation ${reservationId}`, `returns what was bought, ${bought}`, quantity);
    }
  },
};
