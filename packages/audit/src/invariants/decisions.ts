import type { Say } from '../finding.js';
import type { Judge } from '../judge.js';
import { paid, voided, type FactOf, type Ledger } from '../ledger/ledger.js';
import { orderTerms } from '../ledger/terms.js';

const judgePayment = ({ data }: FactOf<'OrderPaid'>, ledger: Readonly<Ledger>, say: Say): void => {
  const { orderId, checkoutId } = data;
  if (ledger.orderTotals.has(orderId)) say('I5', `order ${orderId}`, 'paid once', 'paid before');
  const checkout = ledger.checkouts.get(checkoutId);
  if (checkout === voided) say('I5', `checkout ${checkoutId}`, 'voided, so never paid', 'paid');
  if (checkout === paid) say('I5', `checkout ${checkoutId}`, 'pays one order', 'paid before');
};

const judgeCancellation = ({ data }: FactOf<'OrderCancelled'>, ledger: Readonly<Ledger>, say: Say): void => {
  const { orderId, userId, checkoutId, lines, paidAt } = data;
  const about = `order ${orderId}`;
  const terms = ledger.orderTerms.get(orderId);
  if (terms === undefined) return say('I5', about, 'paid before it is cancelled', 'never paid');
  if (ledger.cancelledOrders.has(orderId)) say('I5', about, 'cancelled once', 'cancelled before');
  if (terms !== orderTerms(userId, checkoutId, paidAt, lines))
    say('I5', about, 'wallet, checkout, lines and time of its payment', { userId, checkoutId, paidAt, lines });
};

const judgeVoid = ({ data: { checkoutId } }: FactOf<'CheckoutVoided'>, ledger: Readonly<Ledger>, say: Say): void => {
  const checkout = ledger.checkouts.get(checkoutId);
  if (checkout === paid) say('I5', `checkout ${checkoutId}`, 'paid, so never voided', 'voided');
  if (checkout === voided) say('I5', `checkout ${checkoutId}`, 'voided once', 'voided before');
};

/** I5: the wallet decides once. An order is paid at most once and then cancelled at most once; a checkout is paid or voided, never both. */
export const ordersAreDecidedOnce: Judge = {
  invariants: ['I5'],
  before: ({ event }, ledger, say) => {
    if (event.type === 'OrderPaid') judgePayment(event, ledger, say);
    if (event.type === 'OrderCancelled') judgeCancellation(event, ledger, say);
    if (event.type === 'CheckoutVoided') judgeVoid(event, ledger, say);
  },
};
