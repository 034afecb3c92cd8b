import { codeIn, pathOf, type HistoryLine } from '@shop/audit';
import { productStream, reservationId, walletStream } from '@shop/events';
import { z } from 'zod';
import { commandsIn, effectOf, type Command } from '../history/commands.js';
import { revisionAt, type Fact, type LogIndex } from '../history/log-index.js';
import type { Operation } from './operation.js';
import type { Values } from './witness.js';

const charged = z.object({ balance: z.number(), transaction: z.object({ amount: z.number() }) });
const line = z.object({ productId: z.coerce.string(), quantity: z.number() });
const paid = z.object({ totalAmount: z.number(), balanceAfter: z.number(), items: z.array(line) });
const refunded = z.object({ refund: z.object({ amount: z.number(), balanceAfter: z.number() }) });
const stocked = z.object({ stock: z.number() });
const adjusted = z.object({ delta: z.number(), stock: z.number() });
const balanced = z.object({ balance: z.number() });
const shortages = z.object({ items: z.array(z.object({ productId: z.string(), stock: z.number() })) });

/** What clients did to one number, and what the log says of it. */
export type NumberHistory = {
  /** `wallet-{userId}` or `product-{productId}`. */
  readonly stream: string;
  readonly values: Values;
  readonly operations: readonly Operation[];
};

type Noted = { readonly stream: string; readonly operation: Operation };

const endOf = ({ end }: HistoryLine): number => end ?? Infinity;

/** The effect of a command, if the log has it. */
const factOf = ({ kind, attempts }: Command, { byRequest }: LogIndex): Fact | undefined =>
  attempts
    .flatMap(({ requestId }) => (requestId === undefined ? [] : (byRequest.get(requestId) ?? [])))
    .find(({ event }) => event.type === effectOf[kind]);

/** A command as a write: of unknown outcome it ends never, and only the log says what it did. */
const writeOf = ({ name, attempts, acknowledged }: Command, fact: Fact | undefined) => ({
  name,
  begin: attempts[0]?.begin ?? 0,
  end: acknowledged ? endOf(acknowledged) : Infinity,
  revision: fact?.revision,
  ...(!acknowledged && { optional: true }),
});

const readBy = (name: string, { begin, end }: HistoryLine, saw: number, revision?: number): Operation => ({
  name,
  begin,
  end: end ?? Infinity,
  saw,
  revision,
});

const refusalsOf = ({ name, owner, attempts }: Command): Noted[] =>
  attempts.flatMap((attempt): Noted[] => {
    const code = codeIn(attempt);
    if (code === 'INSUFFICIENT_BALANCE' || code === 'BALANCE_LIMIT_EXCEEDED')
      return [{ stream: walletStream(owner), operation: readBy(name, attempt, balanced.parse(attempt.answer).balance) }];
    if (code !== 'INSUFFICIENT_STOCK' || !shortages.safeParse(attempt.answer).success) return [];
    return shortages
      .parse(attempt.answer)
      .items.map(({ productId, stock }) => ({ stream: productStream(productId), operation: readBy(name, attempt, stock) }));
  });

const chargeOf = (command: Command, log: LogIndex): Noted[] => {
  const fact = factOf(command, log);
  const stream = walletStream(command.owner);
  const answer = command.acknowledged && charged.parse(command.acknowledged.answer);
  if (answer) return [{ stream, operation: { ...writeOf(command, fact), adds: answer.transaction.amount, saw: answer.balance } }];
  return fact?.event.type === 'WalletCharged' ? [{ stream, operation: { ...writeOf(command, fact), adds: fact.event.data.amount } }] : [];
};

/** What was reserved and not paid: no client sees when it was held, only the log knows that it was. */
const reservedInVain = ({ name, attempts }: Command, paidCheckout: string | undefined, log: LogIndex): Noted[] =>
  attempts.flatMap(({ begin, requestId }) =>
    (log.byRequest.get(requestId ?? '') ?? []).flatMap(({ event }): Noted[] => {
      if (event.type !== 'StockReserved' || event.data.checkoutId === paidCheckout) return [];
      const { productId, quantity } = event.data;
      const reserved: Operation = { name: `${name}, in vain`, begin, end: Infinity, adds: -quantity, optional: true };
      const released: Operation = { ...reserved, adds: quantity, follows: reserved };
      return [reserved, released].map((operation) => ({ stream: productStream(productId), operation }));
    }),
  );

const orderOf = (command: Command, log: LogIndex): Noted[] => {
  const fact = factOf(command, log);
  const event = fact?.event.type === 'OrderPaid' ? fact.event : undefined;
  const { acknowledged, owner } = command;
  const answer = acknowledged && paid.parse(acknowledged.answer);
  const order = answer ?? (event && { totalAmount: event.data.totalAmount, balanceAfter: undefined, items: event.data.lines });
  const inVain = [...refusalsOf(command), ...reservedInVain(command, event?.data.checkoutId, log)];
  if (!order) return inVain;
  const write = writeOf(command, fact);
  const reserved = order.items.map(({ productId, quantity }): Noted => {
    const revision = event && log.reservations.get(reservationId(event.data.checkoutId, productId));
    return { stream: productStream(productId), operation: { ...write, adds: -quantity, revision } };
  });
  return [
    { stream: walletStream(owner), operation: { ...write, adds: -order.totalAmount, saw: order.balanceAfter } },
    ...reserved,
    ...inVain,
  ];
};

const cancellationOf = (command: Command, log: LogIndex): Noted[] => {
  const fact = factOf(command, log);
  const answer = command.acknowledged && refunded.parse(command.acknowledged.answer).refund;
  const event = fact?.event.type === 'OrderCancelled' ? fact.event : undefined;
  const amount = answer?.amount ?? event?.data.refundAmount;
  if (amount === undefined) return [];
  const write = writeOf(command, fact);
  // The stock comes back afterwards, and nobody is told when.
  const returned = (event?.data.lines ?? []).map(({ productId, quantity }): Noted => {
    const operation = { name: command.name, begin: write.begin, end: Infinity, adds: quantity, optional: true };
    return { stream: productStream(productId), operation };
  });
  return [{ stream: walletStream(command.owner), operation: { ...write, adds: amount, saw: answer?.balanceAfter } }, ...returned];
};

const stockChangeOf = (command: Command, log: LogIndex): Noted[] => {
  const fact = factOf(command, log);
  const stream = productStream(command.owner);
  const write = writeOf(command, fact);
  const { kind, acknowledged } = command;
  if (acknowledged && kind === 'adjustment') {
    const { delta, stock } = adjusted.parse(acknowledged.answer);
    return [{ stream, operation: { ...write, adds: delta, saw: stock } }];
  }
  if (acknowledged) {
    const { stock } = stocked.parse(acknowledged.answer);
    return [{ stream, operation: { ...write, adds: stock, saw: stock } }];
  }
  if (fact?.event.type === 'StockAdjusted') return [{ stream, operation: { ...write, adds: fact.event.data.delta } }];
  return fact?.event.type === 'ProductRegistered' ? [{ stream, operation: { ...write, adds: fact.event.data.available } }] : [];
};

const operationsIn = (command: Command, log: LogIndex): Noted[] => {
  switch (command.kind) {
    case 'charge':
      return [...chargeOf(command, log), ...refusalsOf(command)];
    case 'order':
      return orderOf(command, log);
    case 'cancellation':
      return cancellationOf(command, log);
    case 'registration':
    case 'adjustment':
      return [...stockChangeOf(command, log), ...refusalsOf(command)];
    case 'addition':
      return [];
  }
};

/** Strong reads of one balance or one product; others promise less. */
const strongRead = (read: HistoryLine, { streams }: LogIndex): Noted[] => {
  const { segments } = pathOf(read);
  const [collection, id, more] = segments;
  if (read.method !== 'GET' || read.status !== 200 || read.consistency !== 'strong' || id === undefined || more !== undefined) return [];
  const isBalance = collection === 'balance';
  if (!isBalance && (collection !== 'products' || id === 'top')) return [];
  const stream = isBalance ? walletStream(id) : productStream(id);
  const saw = isBalance ? balanced.parse(read.answer).balance : stocked.parse(read.answer).stock;
  const revision = read.position === undefined ? undefined : revisionAt(streams.get(stream)?.positions ?? [], read.position);
  return [{ stream, operation: readBy(`GET ${read.path} at ${read.begin}`, read, saw, revision) }];
};

/** Every balance and every stock that a history touches, with what clients did to it. */
export const operationsOf = (history: readonly HistoryLine[], log: LogIndex): readonly NumberHistory[] => {
  const byStream = new Map<string, Operation[]>();
  const commands = commandsIn(history);
  const noted = [...commands.flatMap((command) => operationsIn(command, log)), ...history.flatMap((read) => strongRead(read, log))];
  for (const { stream, operation } of noted) {
    const known = byStream.get(stream);
    if (known) known.push(operation);
    else byStream.set(stream, [operation]);
  }
  return [...byStream].map(([stream, operations]) => ({
    stream,
    operations,
    values: log.streams.get(stream)?.values ?? [],
  }));
};
