import type { OrderLine } from '@shop/events';
import type { Say } from '../finding.js';
import type { Judge } from '../judge.js';
import { productIn, type FactOf, type Ledger } from '../ledger/ledger.js';

/** The limits that clients are promised; a balance may pass its own by refunds, a stock by releases and returns. */
const limits = {
  price: 1_000_000_000,
  charge: 1_000_000_000_000,
  balance: 1_000_000_000_000,
  stock: 1_000_000_000,
  quantity: 10_000,
  lines: 100,
} as const;

const within = (say: Say, about: string, value: number, most: number): void => {
  if (value > most || !Number.isInteger(value)) say('I7', about, `a whole number up to ${most}`, value);
};

const judgeOrder = (orderId: string, lines: readonly OrderLine[], totalAmount: number, say: Say): void => {
  let total = 0;
  const products = new Set<string>();
  for (const { productId, quantity, unitPrice } of lines) {
    total += quantity * unitPrice;
    products.add(productId);
    within(say, `quantity of ${productId} in order ${orderId}`, quantity, limits.quantity);
    within(say, `price of ${productId} in order ${orderId}`, unitPrice, limits.price);
  }
  if (products.size !== lines.length) say('I7', `order ${orderId}`, 'one line per product', lines);
  within(say, `lines of order ${orderId}`, lines.length, limits.lines);
  if (total !== totalAmount) say('I7', `total of order ${orderId}`, total, totalAmount);
};

const judgeReservation = ({ data }: FactOf<'StockReserved'>, ledger: Readonly<Ledger>, say: Say): void => {
  const { productId, reservationId, unitPrice, quantity } = data;
  const { registered, archived, price } = productIn(ledger, productId);
  const about = `reservation ${reservationId}`;
  if (!registered || archived) say('I7', about, 'a product that is for sale', archived ? 'archived' : 'never registered');
  if (registered && price !== unitPrice) say('I7', `price of ${about}`, `the price in force, ${price}`, unitPrice);
  within(say, `quantity of ${about}`, quantity, limits.quantity);
};

type Catalogue = FactOf<'ProductRegistered' | 'ProductRepriced' | 'ProductRenamed' | 'ProductArchived'>;

const judgeCatalogue = ({ type, data }: Catalogue, ledger: Readonly<Ledger>, say: Say): void => {
  const { productId, revision } = data;
  const { registered, archived, revision: before } = productIn(ledger, productId);
  const about = `product ${productId}`;
  if (registered === (type === 'ProductRegistered')) say('I7', about, 'registered once, before all else', type);
  if (archived) say('I7', about, 'archived for good', type);
  if (revision !== before + 1) say('I7', `catalogue revision of ${productId}`, before + 1, revision);
  if ('price' in data) within(say, `price of ${productId}`, data.price, limits.price);
};

const judgeAdjustment = ({ data }: FactOf<'StockAdjusted'>, ledger: Readonly<Ledger>, say: Say): void => {
  const { productId, delta, available } = data;
  const { registered, archived } = productIn(ledger, productId);
  if (!registered || archived)
    say('I7', `product ${productId}`, 'adjusted only while for sale', archived ? 'archived' : 'never registered');
  within(say, `adjustment of ${productId}`, Math.abs(delta), limits.stock * 2); // setting a stock that returns took past its limit takes more than the limit away
  if (delta > 0) within(say, `stock of ${productId}`, available, limits.stock);
};

/** I7: numbers are whole and within their limits, totals add up, and the price charged is the one in force when the stock was reserved. */
export const numbersAreInForce: Judge = {
  invariants: ['I7'],
  before: ({ event }, ledger, say) => {
    switch (event.type) {
      case 'WalletCharged':
        within(say, `charge ${event.data.chargeId}`, event.data.amount, limits.charge);
        return within(say, `balance of ${event.data.userId}`, event.data.balance, limits.balance);
      case 'OrderPaid':
        return judgeOrder(event.data.orderId, event.data.lines, event.data.totalAmount, say);
      case 'ProductRegistered':
        within(say, `stock of ${event.data.productId}`, event.data.available, limits.stock);
        return judgeCatalogue(event, ledger, say);
      case 'ProductRepriced':
      case 'ProductRenamed':
      case 'ProductArchived':
        return judgeCatalogue(event, ledger, say);
      case 'StockAdjusted':
        return judgeAdjustment(event, ledger, say);
      case 'StockReserved':
        return judgeReservation(event, ledger, say);
      case 'CartItemAdded':
      case 'CartItemQuantityChanged':
        return within(say, `quantity of ${event.data.itemId}`, event.data.lineQuantity, limits.quantity);
      case 'OrderCancelled':
      case 'CheckoutVoided':
      case 'StockReleased':
      case 'StockSold':
      case 'StockReturned':
      case 'CartItemRemoved':
      case 'CartCheckedOut':
        return undefined;
    }
  },
};
