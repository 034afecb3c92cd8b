import type { Judge } from '../judge.js';

/** I13, of the log: in a shop that has been quiet for long enough no reservation is open and every order has come to its end. */
export const everythingSettled: Judge = {
  invariants: ['I13'],
  end: ({ reservations, unsettled }, say) => {
    for (const { orderId, cart, takenOut, cancelled, steps, place } of unsettled.values()) {
      if (cart && !takenOut) say('I13', `order ${orderId}`, 'taken out of its cart', 'not taken out', place);
      const last = cancelled ? 'returned' : 'sold';
      for (const [productId, step] of steps) if (step !== last) say('I13', `order ${orderId}`, `${productId} ${last}`, step, place);
    }
    for (const [reservationId, { orderId, checkoutId, productId, place }] of reservations) {
      const order = unsettled.get(orderId);
      const isItsLine = order?.checkoutId === checkoutId && order.steps.has(productId); // said above
      if (!isItsLine) say('I13', `reservation ${reservationId}`, 'released, as its checkout paid nothing', 'open', place);
    }
  },
};
