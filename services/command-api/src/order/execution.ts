import { instantOf } from '@shop/clock';
import { laterOf, type Position } from '@shop/event-store';
import { cartStream, walletStream, type OrderLine, type TakenOut, type WalletFact } from '@shop/events';
import { Problem } from '@shop/http';
import { isOutcomeUnknown, rethrowWithoutEffect, withoutEffect } from '../faults.js';
import type { Refusal } from '../refusals.js';
import type { PaidOrder, Wallet, WalletRefusal } from '../wallet/wallet.js';
import { andThen, type Now } from '../writing/at-once.js';
import type { CommandContext } from '../writing/execute.js';
import { readBasket, type Basket } from './cart-basket.js';
import type { CheckoutDependencies, OrderAnswer } from './checkout.js';
import { judge, judgeBalance, judgeBasket, priceObstacle, totalOf, type Verdict } from './judge.js';
import { lettingGo } from './letting-go.js';
import { byProductId, type BasketLine, type CartSource, type OrderRequest } from './order-request.js';
import { reserveAll, type Reserved, type Try } from './reservations.js';
import { lastSeenLines, seenLines } from './seen-lines.js';
import { takeOut } from './taking-out.js';

/** How a try ended without an answer. Nothing is held then. */
export type Again = {
  readonly next: 'again';
  /** Others hold what is missing: let them go on first. */
  readonly pause: boolean;
  /** Products that said no: they are asked first. */
  readonly first: readonly string[];
};
export type Next = { readonly next: 'answer'; readonly answer: OrderAnswer } | Again;

const atOnce: Again = { next: 'again', pause: false, first: [] };
const later = (first: readonly string[] = []): Again => ({ next: 'again', pause: true, first });

/** One execution of a request: as many tries as it takes, each under a checkoutId of its own. */
export type Execution = {
  readonly request: OrderRequest;
  readonly context: CommandContext;
  /** The buyer's stream. */
  readonly wallet: string;
  /** Monotonic milliseconds: what has not ended by then goes on without the client. */
  readonly answerBy: number;
  /** Undefined until it is read, and where it is to be read again. */
  basket: Basket | undefined;
  /** The last order taken out of the cart as it was read; undefined where no cart is bought or it is to be read again. */
  cartAfter: string | null | undefined;
};

export type Executions = {
  readonly begin: (request: OrderRequest, context: CommandContext, answerBy: number) => Execution;
  readonly attempt: (execution: Execution, last: Again | undefined) => Now<Next>;
  /** The deadline is near and nothing is held. Whoever holds the stock decides what the client is told. */
  readonly giveUp: (execution: Execution) => Promise<OrderAnswer>;
};

const answer = (given: OrderAnswer): Next => ({ next: 'answer', answer: given });

const readCartAgain = (execution: Execution): Again => {
  execution.basket = undefined;
  execution.cartAfter = undefined;
  return atOnce;
};

const cartMoved = ({ cartAfter }: Execution, { lastCartOrder }: Readonly<Wallet>): boolean =>
  cartAfter !== undefined && cartAfter !== (lastCartOrder?.orderId ?? null);

export const executions = (dependencies: CheckoutDependencies): Executions => {
  const { shop, clock, newId, finishing, followUps, settlement, head, paymentOf } = dependencies;
  const letGo = lettingGo(dependencies);
  const tills = { products: shop.products, alongside: settlement.takeAlong };

  const known = async ({ request: { userId, requestHash }, context }: Execution, order: PaidOrder): Promise<Next> => {
    if (order.requestHash !== requestHash) return answer({ outcome: 'refused', refusal: { type: 'IdempotencyKeyReused' } });
    const [payment, position] = await Promise.all([paymentOf(userId, order.revision, context.footing), head()]);
    return answer({ outcome: 'repeated', order: payment, position });
  };

  const paidIn = ({ orders }: Readonly<Wallet>, execution: Execution): Promise<Next> | undefined => {
    const order = orders.get(execution.request.orderId);
    return order && known(execution, order);
  };

  const lookAtWallet = ({ wallet, answerBy }: Execution): Now<Readonly<Wallet>> =>
    andThen(shop.wallets.readFresh(wallet, answerBy), ({ state }) => state);

  /** A refusal is only true while the wallet, read after what it rests on, does not know the order, and of the cart while that has not moved. */
  const refuse = async (execution: Execution, refusal: Refusal, readAfter?: Readonly<Wallet>): Promise<Next> => {
    const wallet = readAfter ?? (await lookAtWallet(execution));
    const paid = paidIn(wallet, execution);
    if (paid) return paid;
    if (cartMoved(execution, wallet)) return readCartAgain(execution);
    return answer({ outcome: 'refused', refusal });
  };

  /** The cart first, the wallet's tail after it: no line that was bought already is judged for stock or price. */
  const openCart = async (execution: Execution, wanted: CartSource): Promise<Basket | Next> => {
    const { request, context, answerBy } = execution;
    const { userId } = request;
    const reading = readBasket((await shop.carts.readFresh(cartStream(userId), answerBy)).state, wanted);
    const wallet = await lookAtWallet(execution);
    const paid = paidIn(wallet, execution);
    if (paid) return paid;
    execution.cartAfter = reading.after;
    if (wallet.lastCartOrder && cartMoved(execution, wallet)) {
      await takeOut(shop, clock, userId, wallet.lastCartOrder, { ...context, origin: 'recovery' }).catch(rethrowWithoutEffect);
      return readCartAgain(execution);
    }
    return reading.refusal ? refuse(execution, reading.refusal) : reading.basket;
  };

  /** The products first, states go on: where one is short, only a wallet that was read later proves that it was not because of this order. */
  const judgeNow = async (
    execution: Execution,
    { lines }: Basket,
  ): Promise<{ readonly wallet: Readonly<Wallet>; readonly verdict: Verdict }> => {
    const looking = seenLines(shop.products, lines, execution.answerBy);
    const judged = judgeBasket(looking instanceof Promise ? await looking : looking, execution.request);
    const wallet = await lookAtWallet(execution);
    return { wallet, verdict: judgeBalance(judged, wallet.balance) };
  };

  /**
   * By products as they were seen last, without asking the store: enough to go on, as each decides for itself, and never enough to refuse.
   * Who names a total thinks that a price may have changed: nothing is to be reserved for the answer that it has.
   */
  const looksFine = ({ request }: Execution, { lines }: Basket, { balance }: Readonly<Wallet>): boolean => {
    if (request.expectedTotal !== undefined) return false;
    const seen = lastSeenLines(shop.products, lines);
    return seen !== undefined && judge(seen, balance, request).verdict === 'fine';
  };

  const takenOutAndPaid = async (
    { request: { userId, orderId }, context }: Execution,
    order: WalletFact<'OrderPaid'>['data'],
    { lines }: TakenOut,
    position: Position,
  ): Promise<Next> => {
    let latest = position;
    const late = new AbortController();
    const takenOut = followUps.run('taking a paid order out of its cart', async () => {
      latest = laterOf(position, await takeOut(shop, clock, userId, { orderId, lines }, finishing.after(context)));
      settlement.sell(order); // never before its lines have left the cart
    });
    await Promise.race([takenOut, clock.sleep(dependencies.cartAnswerWaitMs, late.signal)]);
    late.abort();
    return answer({ outcome: 'paid', order, position: latest });
  };

  const afterPayment = (execution: Execution, order: WalletFact<'OrderPaid'>['data'], position: Position): Now<Next> => {
    if (order.cart) return takenOutAndPaid(execution, order, order.cart, position);
    settlement.sell(order);
    return answer({ outcome: 'paid', order, position });
  };

  const notPaid = async (execution: Execution, fault: unknown, tried: Try, lines: readonly OrderLine[]): Promise<never> => {
    // It may be paid, so nothing is let go of: the sweeper asks the wallet.
    if (!isOutcomeUnknown(fault)) await letGo(execution, idsOf(lines), tried);
    const { orderId } = execution.request;
    throw fault instanceof Problem && isOutcomeUnknown(fault) ? new Problem('OUTCOME_UNKNOWN', { orderId }, { cause: fault }) : fault;
  };

  const payment = (execution: Execution, tried: Try, lines: readonly OrderLine[], cart: Basket['cart']) => {
    const { userId, orderId, requestHash } = execution.request;
    const order = {
      type: 'PayOrder' as const,
      userId,
      orderId,
      checkoutId: tried.checkoutId,
      requestHash,
      lines: [...lines],
      totalAmount: totalOf(lines),
      occurredAt: instantOf(clock), // not that of the reservations: it may have taken long to get them all
    };
    const result = shop.wallets.execute(execution.wallet, cart ? { ...order, cart } : order, execution.context);
    return result instanceof Promise ? result.catch((fault: unknown) => notPaid(execution, fault, tried, lines)) : result;
  };

  const refused = async (execution: Execution, refusal: WalletRefusal, tried: Try, lines: readonly OrderLine[]): Promise<Next> => {
    const released = letGo(execution, idsOf(lines), tried);
    if (refusal.type === 'OrderAlreadyPaid') {
      await released.catch(() => undefined); // reported there; it does not make the order less paid
      return known(execution, refusal.order);
    }
    await released;
    return refusal.type === 'CartMoved' ? readCartAgain(execution) : refuse(execution, refusal);
  };

  const pay = (execution: Execution, tried: Try, lines: readonly OrderLine[], cart: Basket['cart']): Now<Next> =>
    andThen(payment(execution, tried, lines, cart), (result) => {
      if (result.outcome === 'refused') return refused(execution, result.refusal, tried, lines);
      const fact = result.events.find((event) => event.type === 'OrderPaid');
      if (!fact) throw new Error(`paying ${tried.orderId} came to nothing`);
      return afterPayment(execution, fact.data, result.position);
    });

  const notReserved = async (
    execution: Execution,
    reserved: Exclude<Reserved, { readonly outcome: 'all' }>,
    tried: Try,
  ): Promise<Again> => {
    await letGo(execution, reserved.held, tried);
    // Without a payment the order does not exist, wherever its reservations are.
    if (reserved.outcome === 'failed') throw withoutEffect(reserved.fault);
    // Held nothing: what is short now is short. Held something: another basket may have been refused because of it.
    return reserved.held.length > 0 ? later(reserved.by) : { ...atOnce, first: reserved.by };
  };

  const tooDear = async (execution: Execution, obstacle: Refusal, held: readonly string[], tried: Try): Promise<Next> => {
    await letGo(execution, held, tried);
    return refuse(execution, obstacle);
  };

  const reserveAndPay = (execution: Execution, { lines, cart }: Basket, last: Again | undefined): Now<Next> => {
    const { request, context } = execution;
    const tried: Try = { checkoutId: newId(), orderId: request.orderId, userId: request.userId, occurredAt: instantOf(clock) };
    const inOrder = last ? refusedFirst(lines, last.first) : lines;
    return andThen(reserveAll(tills, inOrder, last ? 'in turn' : 'at once', tried, context), (reserved) => {
      if (reserved.outcome !== 'all') return notReserved(execution, reserved, tried);
      const charged = inOrder === lines ? reserved.lines : inOrderOf(lines, reserved.lines);
      const obstacle = priceObstacle(charged, request);
      return obstacle ? tooDear(execution, obstacle, reserved.held, tried) : pay(execution, tried, charged, cart);
    });
  };

  const judgeAndGoOn = async (execution: Execution, opened: Basket, last: Again | undefined): Promise<Next> => {
    const { wallet, verdict } = await judgeNow(execution, opened);
    const paid = paidIn(wallet, execution);
    if (paid) return paid;
    if (verdict.verdict === 'fine') return reserveAndPay(execution, opened, last);
    return verdict.twin ? later(last?.first) : refuse(execution, verdict.refusal, wallet);
  };

  /** Asking again must write nothing: only a fresh wallet tells that this order is not paid. */
  const beginWith = (execution: Execution, opened: Basket): Now<Next> =>
    andThen(
      lookAtWallet(execution),
      (wallet) =>
        paidIn(wallet, execution) ??
        (looksFine(execution, opened, wallet) ? reserveAndPay(execution, opened, undefined) : judgeAndGoOn(execution, opened, undefined)),
    );

  const open = (execution: Execution): Now<Basket | Next> => {
    const { source } = execution.request;
    return execution.basket ?? (source.from === 'cart' ? openCart(execution, source) : { lines: source.lines });
  };

  return {
    begin: (request, context, answerBy) => ({
      request,
      context,
      wallet: walletStream(request.userId),
      answerBy,
      basket: undefined,
      cartAfter: undefined,
    }),

    attempt: (execution, last) =>
      andThen(open(execution), (opened): Now<Next> => {
        if ('next' in opened) return opened;
        execution.basket = opened;
        return last === undefined ? beginWith(execution, opened) : judgeAndGoOn(execution, opened, last);
      }),

    giveUp: async (execution) => {
      const { basket } = execution;
      const seen = basket ? await judgeNow(execution, basket) : { wallet: await lookAtWallet(execution), verdict: undefined };
      const next = await paidIn(seen.wallet, execution);
      if (next?.next === 'answer') return next.answer;
      const twin = seen.verdict?.verdict === 'refused' && seen.verdict.twin;
      throw new Problem(twin ? 'IDEMPOTENCY_KEY_IN_USE' : 'WRITE_CONTENTION');
    },
  };
};

const idsOf = (lines: readonly BasketLine[]): string[] => lines.map(({ productId }) => productId);

/** All executions ask in the same order but for the product that stood in their way, so they cannot go on refusing each other. */
const refusedFirst = (lines: readonly BasketLine[], first: readonly string[]): BasketLine[] => {
  const inOrder = [...lines].sort(byProductId);
  return [
    ...inOrder.filter(({ productId }) => first.includes(productId)),
    ...inOrder.filter(({ productId }) => !first.includes(productId)),
  ];
};

/** The lines as the buyer named them, whatever order they were reserved in. */
const inOrderOf = (lines: readonly BasketLine[], reserved: readonly OrderLine[]): OrderLine[] => {
  const byId = new Map(reserved.map((line) => [line.productId, line]));
  return lines.flatMap(({ productId }) => byId.get(productId) ?? []);
};
