import type { StatementDocument } from '@shop/read-store';
import { fingerprintTable } from '../fingerprints.js';
import type { Fact } from '../judge.js';
import { cartLinesIn, productIn, walletIn } from '../ledger/ledger.js';
import { bestSellersFold } from './best-sellers-fold.js';
import { movesMoney, type ModelFold } from './model-fold.js';
import { toDoFold } from './to-do-fold.js';

const balancesFold: ModelFold<'balances'> = {
  name: 'balances',
  documentIds: (fact) => (movesMoney(fact) && 'userId' in fact.event.data ? [fact.event.data.userId] : []),
  document: (userId, _, ledger) => ({ userId, balance: walletIn(ledger, userId).balance }),
};

const transactionOf = ({
  event: { type, data },
}: Fact): Pick<StatementDocument, 'type' | 'amount' | 'transactionId' | 'orderId'> | undefined => {
  if (type === 'WalletCharged') return { type: 'CHARGE', amount: data.amount, transactionId: data.chargeId, orderId: null };
  if (type === 'OrderPaid') return { type: 'PAYMENT', amount: data.totalAmount, transactionId: data.checkoutId, orderId: data.orderId };
  if (type === 'OrderCancelled') return { type: 'REFUND', amount: data.refundAmount, transactionId: data.refundId, orderId: data.orderId };
  return undefined;
};

const statementFold: ModelFold<'statement'> = {
  name: 'statement',
  documentIds: (fact) => {
    if (!movesMoney(fact) || !('userId' in fact.event.data)) return [];
    return [`${fact.event.data.userId}/${String(fact.recorded.revision).padStart(10, '0')}`];
  },
  document: (_, fact) => {
    const transaction = transactionOf(fact);
    const { data } = fact.event;
    if (!transaction || !('balance' in data)) return undefined;
    const { userId, balance: balanceAfter, occurredAt } = data;
    return { userId, revision: fact.recorded.revision, ...transaction, balanceAfter, occurredAt };
  },
};

const productsFold: ModelFold<'products'> = {
  name: 'products',
  // A sale of what was reserved leaves the product as it is.
  documentIds: ({ recorded, event: { type, data } }) =>
    recorded.stream.startsWith('product-') && type !== 'StockSold' && 'productId' in data ? [data.productId] : [],
  document: (productId, _, ledger) => {
    const { name, price, available, archived, revision, createdAt } = productIn(ledger, productId);
    const searchName = name.normalize('NFC').toLowerCase().replaceAll('ς', 'σ');
    return { productId, name, searchName, price, stock: available, status: archived ? 'ARCHIVED' : 'ACTIVE', revision, createdAt };
  },
};

const cartsFold: ModelFold<'carts'> = {
  name: 'carts',
  documentIds: ({ recorded, event: { data } }) => (recorded.stream.startsWith('cart-') && 'userId' in data ? [data.userId] : []),
  document: (userId, { recorded }, ledger) => ({
    userId,
    lines: [...cartLinesIn(ledger, userId)].map(([itemId, line]) => ({ itemId, ...line })),
    revision: recorded.revision + 1,
  }),
};

const ordersFold = (): ModelFold<'orders'> => {
  /** The one thing that a cancellation does not repeat of its payment. */
  const balancesAfter = fingerprintTable();
  return {
    name: 'orders',
    documentIds: ({ event: { type, data } }) => (type === 'OrderPaid' || type === 'OrderCancelled' ? [data.orderId] : []),
    take: ({ event: { type, data } }) => {
      if (type === 'OrderPaid') balancesAfter.set(data.orderId, data.balance);
    },
    document: (orderId, { event: { type, data } }) => {
      const balanceAfter = balancesAfter.get(orderId) ?? 0;
      if (type === 'OrderPaid') {
        const { userId, lines, totalAmount, occurredAt: paidAt } = data;
        return { orderId, userId, status: 'PAID', lines, totalAmount, balanceAfter, paidAt, cancelledAt: null, cancelReason: null };
      }
      if (type !== 'OrderCancelled') return undefined;
      const { userId, lines, refundAmount: totalAmount, paidAt, occurredAt: cancelledAt, reason: cancelReason } = data;
      return { orderId, userId, status: 'CANCELLED', lines, totalAmount, balanceAfter, paidAt, cancelledAt, cancelReason };
    },
  };
};

/** All read models, each with its own memory. */
export const modelFolds = (): readonly ModelFold[] => [
  balancesFold,
  statementFold,
  productsFold,
  cartsFold,
  ordersFold(),
  toDoFold(),
  bestSellersFold(),
];
