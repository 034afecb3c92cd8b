import type { OrderLine, ShopEvent, TakenOut } from '@shop/events';
import type { Place } from '../finding.js';
import { fingerprintTable, type FingerprintTable } from '../fingerprints.js';
import { tally, type Tally } from './tally.js';

export type WalletBook = { balance: number; lastCartOrder: string | null };
export type ProductBook = {
  registered: boolean;
  name: string;
  price: number;
  revision: number;
  archived: boolean;
  available: number;
  createdAt: string;
};
export type CartLineBook = {
  readonly productId: string;
  readonly name: string;
  readonly quantity: number;
  readonly addedPrice: number;
  readonly addedAt: string;
};
export type CartBook = { readonly lines: Map<string, CartLineBook>; events: number };

export type OpenReservation = {
  readonly productId: string;
  readonly checkoutId: string;
  readonly orderId: string;
  readonly userId: string;
  readonly quantity: number;
  readonly unitPrice: number;
  readonly since: string;
  readonly place: Place;
};
/** A closed reservation's last step, as a number in a table. */
export const released = 1;
export const sold = 2;
export const returned = 3;

export type LineStep = 'reserved' | 'sold' | 'returned';
/** An order whose stock, or whose cart, is not yet as it must end. */
export type UnsettledOrder = {
  readonly orderId: string;
  readonly userId: string;
  readonly checkoutId: string;
  readonly lines: readonly OrderLine[];
  readonly cart: TakenOut | undefined;
  cancelled: boolean;
  takenOut: boolean;
  readonly steps: Map<string, LineStep>;
  place: Place;
};
/** Of a checkout, as a number in a table. */
export const paid = 1;
export const voided = 2;

/**
 * What the log says so far, by arithmetic of its own. In full only what is open: a wallet, a product, a cart, an open reservation, an
 * unsettled order. What is over stays as 16 bytes in a table, since a thing that happens a second time must be known for ever:
 * ids of events, charges, adjustments, additions, cart lines, checkouts, reservations and orders grow with the log.
 */
export type Ledger = {
  events: number;
  /** Position of the last event read. */
  position: string;
  /** Revision that the next event of a stream must have. */
  readonly nextRevision: Map<string, number>;
  readonly wallets: Map<string, WalletBook>;
  readonly products: Map<string, ProductBook>;
  readonly carts: Map<string, CartBook>;
  readonly reservations: Map<string, OpenReservation>;
  readonly unsettled: Map<string, UnsettledOrder>;
  readonly eventIds: FingerprintTable;
  readonly chargeIds: FingerprintTable;
  readonly adjustmentIds: FingerprintTable;
  /** Time of the addition, in milliseconds. */
  readonly additionIds: FingerprintTable;
  readonly itemIds: FingerprintTable;
  readonly closedReservations: FingerprintTable;
  readonly checkouts: FingerprintTable;
  /** Of every order paid: its total, and a digest of what a cancellation repeats. */
  readonly orderTotals: FingerprintTable;
  readonly orderTerms: FingerprintTable;
  readonly cancelledOrders: FingerprintTable;
  /** Cart orders whose lines have left the cart. */
  readonly takenOut: FingerprintTable;
  readonly money: Readonly<Record<'charged' | 'paid' | 'refunded' | 'balances' | 'outstanding', Tally>>;
  readonly stock: Readonly<Record<'registered' | 'adjusted' | 'sold' | 'returned' | 'available', Tally>>;
};

export const emptyLedger = (): Ledger => ({
  events: 0,
  position: '0'.repeat(16),
  nextRevision: new Map(),
  wallets: new Map(),
  products: new Map(),
  carts: new Map(),
  reservations: new Map(),
  unsettled: new Map(),
  eventIds: fingerprintTable(),
  chargeIds: fingerprintTable(),
  adjustmentIds: fingerprintTable(),
  additionIds: fingerprintTable(),
  itemIds: fingerprintTable(),
  closedReservations: fingerprintTable(),
  checkouts: fingerprintTable(),
  orderTotals: fingerprintTable(),
  orderTerms: fingerprintTable(),
  cancelledOrders: fingerprintTable(),
  takenOut: fingerprintTable(),
  money: { charged: tally(), paid: tally(), refunded: tally(), balances: tally(), outstanding: tally() },
  stock: { registered: tally(), adjusted: tally(), sold: tally(), returned: tally(), available: tally() },
});

/** Events of one type. */
export type FactOf<Type extends ShopEvent['type']> = Extract<ShopEvent, { readonly type: Type }>;

const never: Readonly<WalletBook> = { balance: 0, lastCartOrder: null };
export const walletIn = ({ wallets }: Readonly<Ledger>, userId: string): Readonly<WalletBook> => wallets.get(userId) ?? never;

const unregistered: Readonly<ProductBook> = {
  registered: false,
  name: '',
  price: 0,
  revision: 0,
  archived: false,
  available: 0,
  createdAt: '',
};
export const productIn = ({ products }: Readonly<Ledger>, productId: string): Readonly<ProductBook> =>
  products.get(productId) ?? unregistered;

const noLines: ReadonlyMap<string, CartLineBook> = new Map();
export const cartLinesIn = ({ carts }: Readonly<Ledger>, userId: string): ReadonlyMap<string, CartLineBook> =>
  carts.get(userId)?.lines ?? noLines;
