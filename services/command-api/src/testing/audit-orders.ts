import type { ProductFact, ShopEvent, WalletFact } from '@shop/events';

type Reservation = ProductFact<'StockReserved'>['data'] & { state: 'open' | 'released' | 'sold' | 'returned' };
type Order = WalletFact<'OrderPaid'>['data'] & { cancelled: boolean; takenOut: number };

const steps: Readonly<Record<Reservation['state'], readonly Reservation['state'][]>> = {
  open: ['released', 'sold', 'returned'],
  sold: ['returned'],
  released: ['open'], // a reservation that lands, or is asked for, once more: open again, and released again
  returned: [],
};

/**
 * Judges a log from its first event to its last, by arithmetic of its own: neither `decide` nor `evolve`, or it would share their bugs.
 * Answers what is wrong, nothing for a sound log. `settled`: nothing may be left open at the end.
 */
export const auditOrders = (events: readonly ShopEvent[], { settled }: { readonly settled: boolean }): readonly string[] => {
  const findings: string[] = [];
  const balances = new Map<string, number>();
  const stocks = new Map<string, number>();
  const reservations = new Map<string, Reservation>();
  const orders = new Map<string, Order>();
  const voided = new Set<string>();
  const lastCartOrder = new Map<string, string>();
  const lines = new Map<string, number>();

  const expect = (holds: boolean, what: string, { type, data }: ShopEvent): void => {
    if (!holds) findings.push(`${what}: ${type} ${JSON.stringify(data)}`);
  };
  const move = (event: ShopEvent, of: Map<string, number>, key: string, by: number, after: number): void => {
    const now = (of.get(key) ?? 0) + by;
    expect(now === after && now >= 0, `${key} should be ${now}`, event);
    of.set(key, now);
  };
  const close = (event: ShopEvent, reservationId: string, quantity: number, to: Reservation['state']): void => {
    const reservation = reservations.get(reservationId);
    if (!reservation) return expect(false, 'closes what was never reserved', event);
    expect(steps[reservation.state].includes(to) && reservation.quantity === quantity, `${reservation.state} reservation`, event);
    reservation.state = to;
    const order = orders.get(reservation.orderId);
    const isPaid = order?.checkoutId === reservation.checkoutId;
    if (to === 'released') return expect(!isPaid, 'releases what was paid', event);
    expect(isPaid && (to === 'sold' || order.cancelled), 'sold without payment, or returned without cancellation', event);
    expect(!isPaid || !order.cart || order.takenOut === 1, 'closed before its lines left the cart', event);
  };

  const judge = (event: ShopEvent): void => {
    switch (event.type) {
      case 'WalletCharged':
        return move(event, balances, event.data.userId, event.data.amount, event.data.balance);
      case 'OrderPaid': {
        const { orderId, checkoutId, userId, totalAmount, balance, cart } = event.data;
        move(event, balances, userId, -totalAmount, balance);
        expect(!orders.has(orderId), 'paid twice', event);
        expect(!voided.has(checkoutId), 'paid though voided', event);
        expect(totalAmount === event.data.lines.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0), 'wrong total', event);
        for (const { productId, quantity, unitPrice } of event.data.lines) {
          const held = reservations.get(`${checkoutId}:${productId}`);
          const fits = held?.quantity === quantity && held.unitPrice === unitPrice && held.orderId === orderId && held.userId === userId;
          expect(fits && held.state === 'open', `paid without holding ${productId}`, event);
        }
        if (cart) {
          const last = lastCartOrder.get(userId) ?? null;
          expect(cart.after === last && (last === null || orders.get(last)?.takenOut === 1), 'bought from a cart that moved', event);
          lastCartOrder.set(userId, orderId);
        }
        orders.set(orderId, { ...event.data, cancelled: false, takenOut: 0 });
        return;
      }
      case 'OrderCancelled': {
        const { orderId, userId, refundAmount, balance } = event.data;
        const order = orders.get(orderId);
        move(event, balances, userId, refundAmount, balance);
        if (!order) return expect(false, 'cancels what was never paid', event);
        expect(!order.cancelled && refundAmount === order.totalAmount, 'cancelled twice, or another refund', event);
        expect(JSON.stringify(order.lines) === JSON.stringify(event.data.lines), 'cancels other lines', event);
        order.cancelled = true;
        return;
      }
      case 'CheckoutVoided':
        expect(!voided.has(event.data.checkoutId), 'voided twice', event);
        expect(orders.get(event.data.orderId)?.checkoutId !== event.data.checkoutId, 'voided though paid', event);
        voided.add(event.data.checkoutId);
        return;
      case 'ProductRegistered':
        return move(event, stocks, event.data.productId, event.data.available, event.data.available);
      case 'StockAdjusted':
        return move(event, stocks, event.data.productId, event.data.delta, event.data.available);
      case 'StockReserved': {
        const { reservationId, productId, quantity, available } = event.data;
        expect((reservations.get(reservationId)?.state ?? 'released') === 'released', 'reserved twice', event);
        reservations.set(reservationId, { ...event.data, state: 'open' });
        return move(event, stocks, productId, -quantity, available);
      }
      case 'StockReleased':
      case 'StockReturned': {
        const { reservationId, productId, quantity, available } = event.data;
        close(event, reservationId, quantity, event.type === 'StockReleased' ? 'released' : 'returned');
        return move(event, stocks, productId, quantity, available);
      }
      case 'StockSold':
        for (const { reservationId, quantity } of event.data.reservations) close(event, reservationId, quantity, 'sold');
        return move(event, stocks, event.data.productId, 0, event.data.available);
      case 'CartItemAdded':
        return move(event, lines, event.data.itemId, event.data.quantity, event.data.lineQuantity);
      case 'CartItemRemoved':
        lines.set(event.data.itemId, 0);
        return;
      case 'CartCheckedOut': {
        const order = orders.get(event.data.orderId);
        if (!order?.cart) return expect(false, 'takes out what no cart order bought', event);
        order.takenOut += 1;
        expect(order.takenOut === 1, 'taken out twice', event);
        for (const { itemId, quantity } of order.cart.lines) {
          const left = lines.get(itemId) ?? 0;
          const taken = event.data.lines.find((line) => line.itemId === itemId);
          expect((taken?.quantity ?? 0) === Math.min(quantity, left), 'takes another quantity', event);
          if (taken) move(event, lines, itemId, -taken.quantity, taken.lineQuantity);
        }
        return;
      }
      case 'CartItemQuantityChanged':
        lines.set(event.data.itemId, event.data.lineQuantity);
        return;
      case 'ProductRepriced':
      case 'ProductRenamed':
      case 'ProductArchived':
        return;
    }
  };

  events.forEach(judge);
  if (!settled) return findings;
  for (const order of orders.values()) {
    const wanted = order.cancelled ? 'returned' : 'sold';
    for (const { productId } of order.lines)
      if (reservations.get(`${order.checkoutId}:${productId}`)?.state !== wanted)
        findings.push(`${productId} of ${order.orderId} is not ${wanted}`);
    if (order.cart && order.takenOut !== 1) findings.push(`${order.orderId} was not taken out of its cart`);
  }
  for (const { reservationId, state } of reservations.values()) if (state === 'open') findings.push(`${reservationId} is left open`);
  return findings;
};
