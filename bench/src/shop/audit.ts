import type { ProductEvent, ShopEvent, WalletEvent } from '@shop/events';

type Product = { initial: number; available: number; sold: number; readonly open: Map<string, { orderId: string; quantity: number }> };
type Wallet = { charged: number; paid: number; balance: number };
type Sale = { readonly orderId: string; readonly quantity: number };

/** The books of a shop as its log tells them, kept without any of the shop's own folds. */
export type Books = {
  readonly add: (event: ShopEvent) => void;
  readonly close: () => ClosedBooks;
};

export type ClosedBooks = {
  /** Whatever does not add up; none in a sound shop. */
  readonly faults: readonly string[];
  readonly ordersPaid: number;
  readonly events: number;
  /** What each customer can spend and each product has left to sell. */
  readonly balances: ReadonlyMap<string, number>;
  readonly stocks: ReadonlyMap<string, number>;
};

const mostFaults = 20;

export const openBooks = (): Books => {
  const products = new Map<string, Product>();
  const wallets = new Map<string, Wallet>();
  const ordersPaid = new Set<string>();
  /** By reservation: what a paid order has coming to it, and what was sold. */
  const due = new Map<string, Sale>();
  const sales = new Map<string, Sale>();
  const faults: string[] = [];
  let events = 0;

  const expect = (holds: boolean, fault: () => string): void => {
    if (!holds && faults.length < mostFaults) faults.push(fault());
  };
  const productOf = (productId: string): Product => {
    const known = products.get(productId) ?? { initial: 0, available: 0, sold: 0, open: new Map<string, Sale>() };
    products.set(productId, known);
    return known;
  };
  const walletOf = (userId: string): Wallet => {
    const known = wallets.get(userId) ?? { charged: 0, paid: 0, balance: 0 };
    wallets.set(userId, known);
    return known;
  };
  const sell = (product: Product, productId: string, reservationId: string, { orderId, quantity }: Sale): void => {
    const reserved = product.open.get(reservationId);
    expect(reserved?.quantity === quantity, () => `${productId} sells ${reservationId}, which is not reserved in that quantity`);
    product.open.delete(reservationId);
    product.sold += quantity;
    sales.set(reservationId, { orderId, quantity });
  };

  const stockMoved = (event: Exclude<ProductEvent, { type: 'ProductRepriced' | 'ProductRenamed' | 'ProductArchived' }>): void => {
    const { productId } = event.data;
    const product = productOf(productId);
    let expected = product.available;
    switch (event.type) {
      case 'ProductRegistered':
        expected = event.data.available;
        product.initial = expected;
        break;
      case 'StockAdjusted':
        expected += event.data.delta;
        product.initial += event.data.delta;
        break;
      case 'StockReserved':
        expected -= event.data.quantity;
        product.open.set(event.data.reservationId, { orderId: event.data.orderId, quantity: event.data.quantity });
        break;
      case 'StockReleased':
        expected += product.open.get(event.data.reservationId)?.quantity ?? 0;
        product.open.delete(event.data.reservationId);
        break;
      case 'StockSold':
        for (const { reservationId, ...sale } of event.data.reservations) sell(product, productId, reservationId, sale);
        break;
      case 'StockReturned':
        expected += event.data.quantity;
        product.sold -= event.data.quantity;
        break;
    }
    const { available } = event.data;
    expect(available === expected && available >= 0, () => `${productId} has ${available} after ${event.type}, not ${expected}`);
    product.available = available;
  };

  const moneyMoved = (event: Exclude<WalletEvent, { type: 'CheckoutVoided' }>): void => {
    const { userId, balance } = event.data;
    const wallet = walletOf(userId);
    if (event.type === 'WalletCharged') wallet.charged += event.data.amount;
    else if (event.type === 'OrderCancelled') wallet.paid -= event.data.refundAmount;
    else {
      const { orderId, checkoutId, lines, totalAmount } = event.data;
      expect(!ordersPaid.has(orderId), () => `order ${orderId} was paid twice`);
      ordersPaid.add(orderId);
      wallet.paid += totalAmount;
      const sum = lines.reduce((total, { unitPrice, quantity }) => total + unitPrice * quantity, 0);
      expect(sum === totalAmount, () => `order ${orderId} cost ${totalAmount}, its lines ${sum}`);
      for (const { productId, quantity } of lines) due.set(`${checkoutId}:${productId}`, { orderId, quantity });
    }
    const expected = wallet.charged - wallet.paid;
    expect(balance === expected && balance >= 0, () => `${userId} has ${balance} after ${event.type}, not ${expected}`);
    wallet.balance = balance;
  };

  const checkSales = (): void => {
    for (const [id, { orderId, quantity }] of due)
      expect(sales.get(id)?.quantity === quantity, () => `order ${orderId} is paid, but ${id} is not sold`);
    for (const [id, { orderId }] of sales) expect(due.get(id)?.orderId === orderId, () => `${id} is sold, but nobody paid it`);
  };
  const checkStocks = (): void => {
    for (const [productId, { initial, available, sold, open }] of products) {
      expect(open.size === 0, () => `${productId} has ${open.size} reservations left open`);
      expect(available + sold === initial || open.size > 0, () => `${productId}: ${available} in stock + ${sold} sold is not ${initial}`);
    }
  };

  return {
    add: (event) => {
      events += 1;
      switch (event.type) {
        case 'ProductRegistered':
        case 'StockAdjusted':
        case 'StockReserved':
        case 'StockReleased':
        case 'StockSold':
        case 'StockReturned':
          return stockMoved(event);
        case 'WalletCharged':
        case 'OrderPaid':
        case 'OrderCancelled':
          return moneyMoved(event);
        case 'ProductRepriced':
        case 'ProductRenamed':
        case 'ProductArchived':
        case 'CheckoutVoided':
        case 'CartItemAdded':
        case 'CartItemQuantityChanged':
        case 'CartItemRemoved':
        case 'CartCheckedOut':
          return; // these move neither stock nor money
      }
    },
    close: () => {
      checkSales();
      checkStocks();
      return {
        faults,
        ordersPaid: ordersPaid.size,
        events,
        balances: new Map([...wallets].map(([userId, { balance }]) => [userId, balance])),
        stocks: new Map([...products].map(([productId, { available }]) => [productId, available])),
      };
    },
  };
};
