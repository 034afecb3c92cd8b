import type { Index, Order } from './read-store.js';

export type BalanceDocument = { readonly userId: string; readonly balance: number };

/** One per change of a balance; its id is its `statementId`. */
export type StatementDocument = {
  readonly userId: string;
  readonly revision: number;
  readonly transactionId: string;
  readonly type: 'CHARGE' | 'PAYMENT' | 'REFUND';
  readonly amount: number;
  readonly balanceAfter: number;
  readonly orderId: string | null;
  readonly occurredAt: string;
};
/** A statement has room for the revisions below it. */
export const endOfStatement = 9_999_999_999;
/**
 * Sorts a user's documents by the revision of the wallet's stream. A slash occurs in no user id, so those of a user stand together, and the
 * index of ids is all that a list of them needs: another one would cost with every order.
 */
export const statementId = (userId: string, revision: number): string => `${userId}/${String(revision).padStart(10, '0')}`;

export type ProductDocument = {
  readonly productId: string;
  readonly name: string;
  /** The `searchForm` of `name`. */
  readonly searchName: string;
  readonly price: number;
  /** What can still be bought: `available` of the events. */
  readonly stock: number;
  readonly status: 'ACTIVE' | 'ARCHIVED';
  /** Catalogue revision, counted by the product's events. */
  readonly revision: number;
  readonly createdAt: string;
};

export type CartLine = {
  readonly itemId: string;
  readonly productId: string;
  readonly name: string;
  readonly quantity: number;
  readonly addedPrice: number;
  readonly addedAt: string;
};
/** `revision`: number of events in the cart's stream. An emptied cart stays as a document without lines. */
export type CartDocument = { readonly userId: string; readonly lines: readonly CartLine[]; readonly revision: number };

export type OrderDocument = {
  readonly orderId: string;
  readonly userId: string;
  readonly status: 'PAID' | 'CANCELLED';
  readonly lines: readonly { readonly productId: string; readonly name: string; readonly unitPrice: number; readonly quantity: number }[];
  readonly totalAmount: number;
  readonly balanceAfter: number;
  readonly paidAt: string;
  readonly cancelledAt: string | null;
  readonly cancelReason: string | null;
};

/** What recovery still has to look at: a reservation that is open, or a cancelled line whose stock is not back yet. */
export type ToDoEntry = {
  readonly kind: 'open-reservation' | 'return-due';
  readonly reservationId: string;
  readonly checkoutId: string;
  readonly orderId: string;
  readonly userId: string;
  readonly quantity: number;
  readonly since: string;
};
/** One per product, so that it stays small however many orders there were. `oldest` is the least `since`, null where nothing is left to do. */
export type ToDoDocument = { readonly productId: string; readonly entries: readonly ToDoEntry[]; readonly oldest: string | null };

/**
 * Units and revenue paid for, net of cancellations, of one product in one UTC day (`2026-01-05`) or hour (`2026-01-05T03`).
 * Ids: `day:{day}:{productId}`, `hour:{hour}:{productId}`. An hour keeps its minutes (0–59) beside their sum.
 */
export type BestSellerDay = {
  readonly kind: 'day';
  readonly productId: string;
  readonly day: string;
  readonly units: number;
  readonly revenue: number;
};
export type BestSellerHour = {
  readonly kind: 'hour';
  readonly productId: string;
  readonly hour: string;
  readonly units: number;
  readonly revenue: number;
  readonly minutes: readonly { readonly minute: number; readonly units: number; readonly revenue: number }[];
};
export type BestSellerDocument = BestSellerDay | BestSellerHour;

export type ReadModelDocuments = {
  balances: BalanceDocument;
  statement: StatementDocument;
  products: ProductDocument;
  carts: CartDocument;
  orders: OrderDocument;
  'to-do': ToDoDocument;
  'best-sellers': BestSellerDocument;
};
export type ReadModelName = keyof ReadModelDocuments;
export const readModelNames = [
  'balances',
  'statement',
  'products',
  'carts',
  'orders',
  'to-do',
  'best-sellers',
] as const satisfies readonly ReadModelName[];

const up = (field: string): Order => ({ field, direction: 'ascending' });
const down = (field: string): Order => ({ field, direction: 'descending' });

/** What the queries of query-api and the sweeper need. */
export const readModelIndexes: Record<ReadModelName, readonly Index[]> = {
  balances: [],
  statement: [],
  products: [
    { name: 'by-age', fields: [up('status'), up('createdAt'), up('productId')] },
    { name: 'by-price', fields: [up('status'), up('price'), up('productId')] },
    { name: 'by-name', fields: [up('status'), up('name'), up('productId')] },
  ],
  carts: [],
  orders: [
    // With the status behind the order of the list, one by status reads this index too; an index of its own would cost with every order.
    { name: 'by-user', fields: [up('userId'), down('paidAt'), down('id'), up('status')] },
  ],
  'to-do': [{ name: 'by-age', fields: [up('oldest'), up('productId')] }],
  'best-sellers': [
    { name: 'by-units', fields: [up('day'), down('units'), up('productId')] },
    { name: 'by-change', fields: [up('day'), up('guard')] },
  ],
};
