import { countedByHand, type Sale } from './baskets.js';

export type Line = { readonly productId: string; readonly quantity: number };
type Product = { price: number; stock: number; archived: boolean };
type Sold = Line & { readonly unitPrice: number };
export type BookedOrder = {
  readonly orderId: string;
  readonly userId: string;
  readonly lines: readonly Sold[];
  readonly total: number;
  readonly at: number;
  cancelled: boolean;
};
export type Expected = { readonly status: number; readonly code?: string };

const cancelWindowMs = 168 * 3_600_000;

/** The shop in plain numbers: what each request must come to, and what must be there afterwards. It knows no events. */
export const ledger = () => {
  const products = new Map<string, Product>();
  const balances = new Map<string, number>();
  const orders: BookedOrder[] = [];

  const balanceOf = (userId: string) => balances.get(userId) ?? 0;
  const productOf = (productId: string): Product => {
    const product = products.get(productId);
    if (!product) throw new Error(`${productId} is not in the book`);
    return product;
  };
  const change = (lines: readonly Line[], sign: 1 | -1) => {
    for (const { productId, quantity } of lines) productOf(productId).stock += sign * quantity;
  };
  const priced = (lines: readonly Line[]): Sold[] => lines.map((line) => ({ ...line, unitPrice: productOf(line.productId).price }));
  const totalOf = (lines: readonly Sold[]) => lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const standing = () => orders.filter(({ cancelled }) => !cancelled);

  return {
    products,
    balances,
    orders,
    totalOf: (lines: readonly Line[]) => totalOf(priced(lines)),
    charge: (userId: string, amount: number) => balances.set(userId, balanceOf(userId) + amount),
    /** What an order must be answered. One line per product. */
    judge: (userId: string, lines: readonly Line[]): Expected => {
      if (lines.some(({ productId }) => productOf(productId).archived)) return { status: 409, code: 'PRODUCT_ARCHIVED' };
      if (lines.some(({ productId, quantity }) => quantity > productOf(productId).stock))
        return { status: 409, code: 'INSUFFICIENT_STOCK' };
      return totalOf(priced(lines)) > balanceOf(userId) ? { status: 402, code: 'INSUFFICIENT_BALANCE' } : { status: 201 };
    },
    book: (orderId: string, userId: string, wanted: readonly Line[], at: number) => {
      const lines = priced(wanted);
      const total = totalOf(lines);
      change(lines, -1);
      balances.set(userId, balanceOf(userId) - total);
      orders.push({ orderId, userId, lines, total, at, cancelled: false });
    },
    judgeCancel: ({ at }: BookedOrder, now: number): Expected =>
      now <= at + cancelWindowMs ? { status: 200 } : { status: 409, code: 'ORDER_NOT_CANCELLABLE' },
    cancel: (order: BookedOrder) => {
      if (order.cancelled) return;
      order.cancelled = true;
      change(order.lines, 1);
      balances.set(order.userId, balanceOf(order.userId) + order.total);
    },
    judgeAdjustment: (productId: string, delta: number): Expected => {
      const { archived, stock } = productOf(productId);
      if (archived) return { status: 409, code: 'PRODUCT_ARCHIVED' };
      return stock + delta < 0 ? { status: 409, code: 'INSUFFICIENT_STOCK' } : { status: 200 };
    },
    /** By counting every sale that stands; price, stock and archived are as of now. */
    bestSellers: (asOf: number) => {
      const sales = standing().flatMap(({ at, lines }) =>
        lines
          .filter(({ productId }) => !productOf(productId).archived)
          .map(({ productId, quantity, unitPrice }): Sale => ({ at, productId, quantity, revenue: quantity * unitPrice })),
      );
      return countedByHand(sales, asOf).map((seller, index) => {
        const { price, stock } = productOf(seller.productId);
        return { rank: index + 1, ...seller, price, stock };
      });
    },
  };
};
export type Ledger = ReturnType<typeof ledger>;
