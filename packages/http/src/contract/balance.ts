import { z } from 'zod';
import type { Route } from '../route.js';
import { amount, charge, currency, cursorListOf, cursorPage, id, queryTime, time, userId } from './values.js';

const transactionTypes = ['CHARGE', 'PAYMENT', 'REFUND'] as const;

/** `orderId` on payments and refunds. The amount is never negative: the type says which way the money went. */
const transaction = z
  .strictObject({
    transactionId: id,
    type: z.enum(transactionTypes),
    amount,
    balanceAfter: amount,
    orderId: id.optional(),
    occurredAt: time,
  })
  .meta({ id: 'Transaction' });

const balance = { userId: id, balance: amount, currency };

export const chargeBalance = {
  method: 'post',
  path: '/balance/charge',
  service: 'command-api',
  access: { kind: 'self', reach: 'wallet:charge' },
  summary: "Charge a user's balance",
  body: z
    .strictObject({ userId: userId.optional(), amount: charge })
    .meta({ id: 'ChargeBalance', example: { userId: 'u1', amount: 50_000 } }),
  success: { status: 200, body: z.strictObject({ ...balance, transaction }).meta({ id: 'ChargedBalance' }) },
  problems: ['BALANCE_LIMIT_EXCEEDED'],
  idempotency: 'honoured',
} satisfies Route;

export const getBalance = {
  method: 'get',
  path: '/balance/:userId',
  service: 'query-api',
  access: { kind: 'path-user', reach: 'users:read' },
  summary: "Read a user's balance",
  params: z.strictObject({ userId }),
  success: { status: 200, body: z.strictObject(balance).meta({ id: 'Balance' }) },
  problems: [],
} satisfies Route;

export const listTransactions = {
  method: 'get',
  path: '/balance/:userId/transactions',
  service: 'query-api',
  access: { kind: 'path-user', reach: 'users:read' },
  summary: "List what changed a user's balance, newest first",
  params: z.strictObject({ userId }),
  query: z.strictObject({
    type: z.enum(transactionTypes).optional(),
    from: queryTime.optional(),
    to: queryTime.optional(),
    ...cursorPage,
  }),
  success: { status: 200, body: cursorListOf(transaction).meta({ id: 'Transactions' }) },
  problems: [],
} satisfies Route;
