import type { WalletFact } from '@shop/events';
import { cancelOrder, checkoutCart, placeOrder, type BoundRoute, type Route, type RouteRequest } from '@shop/http';
import type { BindCommand } from '../answering.js';
import { orderIdFor } from '../idempotency.js';
import { refusalProblem } from '../refusals.js';
import { contextOf } from '../request-context.js';
import type { Cancel } from './cancel.js';
import type { Checkout } from './checkout.js';
import type { DryRun } from './dry-run.js';
import { andThen } from '../writing/at-once.js';
import type { Footing } from '../writing/ground.js';
import { orderRequestHash, sumLines, type BasketLine, type OrderRequest } from './order-request.js';

export type OrderRoutesDependencies = {
  readonly bind: BindCommand;
  readonly checkout: Checkout;
  readonly cancel: Cancel;
  readonly dryRun: DryRun;
  readonly newId: () => string;
};

type Payment = WalletFact<'OrderPaid'>['data'];

const currency = 'KRW' as const;
const itemsOf = (lines: readonly Payment['lines'][number][]) =>
  lines.map(({ productId, name, unitPrice, quantity }) => ({ productId, name, unitPrice, quantity, subtotal: unitPrice * quantity }));

/** The order as it was paid, whatever became of it since. */
const orderObject = ({ orderId, userId, lines, totalAmount, balance, occurredAt }: Payment) => ({
  orderId,
  userId,
  status: 'PAID' as const,
  items: itemsOf(lines),
  totalAmount,
  currency,
  balanceAfter: balance,
  paidAt: occurredAt,
});

export const orderRoutes = ({ bind, checkout, cancel, dryRun, newId }: OrderRoutesDependencies): readonly BoundRoute[] => {
  const place = (
    request: RouteRequest<Route>,
    footing: Footing | undefined,
    source: OrderRequest['source'],
    expectedTotal: number | undefined,
  ) => {
    const { userId } = request;
    const orderId = orderIdFor(request, newId);
    const requestHash = orderRequestHash(source, expectedTotal);
    return andThen(checkout({ userId, orderId, requestHash, expectedTotal, source }, contextOf(request, orderId, footing)), (result) => {
      if (result.outcome === 'refused') throw refusalProblem(result.refusal);
      return {
        body: orderObject(result.order),
        location: `/orders/${result.order.orderId}`,
        token: result.position,
        replayed: result.outcome === 'repeated',
      };
    });
  };

  const rehearse = async ({ userId, deadline }: RouteRequest<Route>, lines: readonly BasketLine[], expectedTotal: number | undefined) => {
    const result = await dryRun({ userId, lines, expectedTotal }, deadline);
    if (result.outcome === 'refused') throw refusalProblem(result.refusal);
    const { totalAmount, balanceAfter, position } = result;
    return { body: { dryRun: true as const, items: itemsOf(result.lines), totalAmount, currency, balanceAfter }, token: position };
  };

  return [
    bind(placeOrder, (request, footing) => {
      const { items, expectedTotal } = request.body;
      const lines = sumLines(items);
      return request.query.dryRun
        ? rehearse(request, lines, expectedTotal)
        : place(request, footing, { from: 'lines', lines }, expectedTotal);
    }),

    bind(checkoutCart, (request, footing) => {
      const { itemIds, expectedTotal } = request.body;
      return place(request, footing, { from: 'cart', itemIds, ifMatch: request.ifMatch }, expectedTotal);
    }),

    bind(cancelOrder, async (request, footing) => {
      const { orderId } = request.params;
      const result = await cancel(
        { userId: request.userId, orderId, reason: request.body.reason ?? null },
        contextOf(request, orderId, footing),
      );
      if (result.outcome === 'refused') throw refusalProblem(result.refusal);
      const { refundId, refundAmount, balance, occurredAt } = result.cancelled;
      return {
        body: {
          orderId,
          status: 'CANCELLED' as const,
          refund: { transactionId: refundId, amount: refundAmount, balanceAfter: balance },
          cancelledAt: occurredAt,
        },
        token: result.position,
        replayed: result.outcome === 'repeated',
      };
    }),
  ];
};
