import type { Say } from '../finding.js';
import type { Judge } from '../judge.js';
import { released, returned, sold, type Ledger, type OpenReservation } from '../ledger/ledger.js';

const stepNames = new Map([
  [released, 'released'],
  [sold, 'sold'],
  [returned, 'returned'],
]);

const stateOf = ({ reservations, closedReservations }: Readonly<Ledger>, reservationId: string): string => {
  if (reservations.has(reservationId)) return 'open';
  return stepNames.get(closedReservations.get(reservationId) ?? 0) ?? 'never opened';
};

type Closing = { readonly orderId: string; readonly quantity: number; readonly checkoutId?: string; readonly userId?: string };

/** A step names the reservation as it was opened, and takes it whole. */
const judgeWhole = (open: OpenReservation, closing: Closing, about: string, say: Say): void => {
  if (open.quantity !== closing.quantity) say('I4', about, `the whole quantity, ${open.quantity}`, closing.quantity);
  if (open.orderId !== closing.orderId) say('I4', about, `order ${open.orderId}`, `order ${closing.orderId}`);
  const { checkoutId = open.checkoutId, userId = open.userId } = closing;
  if (open.checkoutId !== checkoutId) say('I4', about, `checkout ${open.checkoutId}`, `checkout ${checkoutId}`);
  if (open.userId !== userId) say('I4', about, `user ${open.userId}`, `user ${userId}`);
};

/** I4: a reservation opens once; then it is released, or sold and perhaps returned, or returned where the cancellation was faster than the sale. */
export const reservationsTakeTheirSteps: Judge = {
  invariants: ['I4'],
  before: ({ event }, ledger, say) => {
    const close = (reservationId: string, closing: Closing, from: readonly string[]) => {
      const state = stateOf(ledger, reservationId);
      const about = `reservation ${reservationId}`;
      if (!from.includes(state)) say('I4', about, `${event.type} of one that is ${from.join(' or ')}`, state);
      const open = ledger.reservations.get(reservationId);
      if (open) judgeWhole(open, closing, about, say);
    };
    if (event.type === 'StockReserved') {
      const state = stateOf(ledger, event.data.reservationId);
      if (state !== 'never opened') say('I4', `reservation ${event.data.reservationId}`, 'opens once', `${state} before`);
    }
    if (event.type === 'StockReleased') close(event.data.reservationId, event.data, ['open']);
    if (event.type === 'StockReturned') close(event.data.reservationId, event.data, ['open', 'sold']);
    if (event.type !== 'StockSold') return;
    const once = new Set<string>();
    for (const each of event.data.reservations) {
      close(each.reservationId, each, ['open']);
      if (once.has(each.reservationId)) say('I4', `reservation ${each.reservationId}`, 'sold once', 'twice in one event');
      once.add(each.reservationId);
    }
  },
};
