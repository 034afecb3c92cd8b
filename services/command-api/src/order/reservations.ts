import type { OrderLine, ProductEvent, ProductFact } from '@shop/events';
import { productStream, reservationId } from '@shop/events';
import { isOutcomeUnknown } from '../faults.js';
import type { Products } from '../shop.js';
import { allOf, andThen, type Now } from '../writing/at-once.js';
import type { CommandContext, Executed } from '../writing/execute.js';
import type { BasketLine } from './order-request.js';

/** One try of one order: its reservations are named after it. */
export type Try = { readonly checkoutId: string; readonly orderId: string; readonly userId: string; readonly occurredAt: string };

type Reply =
  | { readonly productId: string; readonly reply: 'held'; readonly line: OrderLine }
  | { readonly productId: string; readonly reply: 'refused' }
  | { readonly productId: string; readonly reply: 'failed'; readonly fault: unknown };

export type Reserved =
  | { readonly outcome: 'all'; readonly held: readonly string[]; readonly lines: readonly OrderLine[] }
  /** `held`: products to let go of; `by`: those that said no. */
  | { readonly outcome: 'refused'; readonly held: readonly string[]; readonly by: readonly string[] }
  | { readonly outcome: 'failed'; readonly held: readonly string[]; readonly fault: unknown };

const isReserved = (event: { readonly type: string }): event is ProductFact<'StockReserved'> => event.type === 'StockReserved';

const reserveLine = (products: Products, { productId, quantity }: BasketLine, attempt: Try, context: CommandContext): Now<Reply> => {
  const { checkoutId, orderId, userId, occurredAt } = attempt;
  const id = reservationId(checkoutId, productId);
  const command = { type: 'ReserveStock', productId, reservationId: id, checkoutId, orderId, userId, quantity, occurredAt } as const;
  const replyOf = (result: Executed<ProductEvent, unknown>): Reply => {
    if (result.outcome === 'refused') return { productId, reply: 'refused' };
    const fact = result.events.find(isReserved);
    if (!fact) return { productId, reply: 'failed', fault: new Error(`reserving ${productId} came to nothing`) };
    const { name, unitPrice } = fact.data;
    return { productId, reply: 'held', line: { productId, name, unitPrice, quantity } };
  };
  const result = products.execute(productStream(productId), command, context);
  return result instanceof Promise
    ? result.then(replyOf).catch((fault: unknown): Reply => ({ productId, reply: 'failed', fault }))
    : replyOf(result);
};

const inTurn = async (lines: readonly BasketLine[], reserve: (line: BasketLine) => Now<Reply>): Promise<Reply[]> => {
  const replies: Reply[] = [];
  for (const line of lines) {
    const reply = await reserve(line);
    replies.push(reply);
    if (reply.reply !== 'held') break;
  }
  return replies;
};

/** An append of unknown outcome counts as held: it may land yet. */
const mayBeHeld = (reply: Reply): boolean => reply.reply === 'held' || (reply.reply === 'failed' && isOutcomeUnknown(reply.fault));

const reservedBy = (replies: readonly Reply[]): Reserved => {
  const held: string[] = [];
  const lines: OrderLine[] = [];
  const by: string[] = [];
  let failed: Extract<Reply, { readonly reply: 'failed' }> | undefined;
  for (const reply of replies) {
    if (mayBeHeld(reply)) held.push(reply.productId);
    if (reply.reply === 'held') lines.push(reply.line);
    else if (reply.reply === 'refused') by.push(reply.productId);
    else failed ??= reply;
  }
  if (failed) return { outcome: 'failed', held, fault: failed.fault };
  return by.length > 0 ? { outcome: 'refused', held, by } : { outcome: 'all', held, lines };
};

/** Takes stock for every line: all at once, or one after the other until one says no. `alongside` is called right after each was asked for. */
export const reserveAll = (
  { products, alongside }: { readonly products: Products; readonly alongside: (productId: string) => void },
  lines: readonly BasketLine[],
  order: 'at once' | 'in turn',
  attempt: Try,
  context: CommandContext,
): Now<Reserved> => {
  const reserve = (line: BasketLine) => {
    const reply = reserveLine(products, line, attempt, context);
    alongside(line.productId);
    return reply;
  };
  return andThen(order === 'at once' ? allOf(lines.map(reserve)) : inTurn(lines, reserve), reservedBy);
};

/** Lets go of what a try took or may have taken. Rejects, once every product was asked, where one could not be reached: recovery finds that. */
export const releaseAll = async (
  products: Products,
  productIds: readonly string[],
  { checkoutId, occurredAt }: { readonly checkoutId: string; readonly occurredAt: string },
  context: CommandContext,
): Promise<void> => {
  const results = await Promise.allSettled(
    productIds.map(async (productId) => {
      const command = { type: 'ReleaseStock', productId, reservationId: reservationId(checkoutId, productId), occurredAt } as const;
      return products.execute(productStream(productId), command, context);
    }),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
};
