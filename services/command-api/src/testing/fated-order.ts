import { isDeepStrictEqual } from 'node:util';
import type { EventStore } from '@shop/event-store';
import type { ShopEvent } from '@shop/events';
import { Problem } from '@shop/http';
import type { ReadStore } from '@shop/read-store';
import { orderIdFor } from '../idempotency.js';
import type { Refusal } from '../refusals.js';
import { auditOrders } from './audit-orders.js';
import { crashingEventStore, type CrashingEventStore, type Fate } from './crashing-event-store.js';
import { memoryEventStore } from './memory-event-store.js';
import { seededRandom } from '@shop/clock';
import { eventsIn, shopProcess, toDoIn, type Interruption, type ShopProcess } from './shop-process.js';
import { virtualClock } from './virtual-clock.js';

/** What one customer does, in one process or, once that has died, in another one. */
export const orders = [
  'an order',
  'an order, cancelled once it is sold',
  'an order, cancelled before it is sold',
  'a cart',
  'a cart, cancelled',
] as const;
export const conditions = [
  'all well',
  'stock refused',
  'balance refused',
  'a twin, and stock for both',
  'a twin, and stock for one',
  'a twin that takes one product first, and stock for one',
  'another tab, and stock for both',
  'another tab, and stock for one',
  'the cart is emptied meanwhile',
] as const;
export const resumptions = ['by the same key', 'by a sweeper', 'by both', 'by two sweepers'] as const;
export type Resumption = (typeof resumptions)[number];
/** When what was under way lands at last: between two appends of whoever resumes, or after them. */
const landing = { 'by the same key': 'after', 'by a sweeper': 'after', 'by both': 'amid', 'by two sweepers': 'amid' } as const;

export type FatedOrder = {
  readonly order: (typeof orders)[number];
  readonly condition: (typeof conditions)[number];
  /** Which append of the process meets its fate, and who takes up the order then; none where nothing goes wrong. */
  readonly blow?: { readonly at: number; readonly fate: Fate; readonly resumed: Resumption };
};

const buyer = 'ann';
const basket = [
  { productId: 'mug', quantity: 2 },
  { productId: 'pen', quantity: 1 },
];
const total = 4_000;
const orderId = orderIdFor({ userId: buyer, caller: buyer, idempotencyKey: 'key' }, () => 'none');

/** What alone may be said to stand in the order's way: a twin never does, nor does anybody's death. */
const obstacles: Readonly<Partial<Record<FatedOrder['condition'], Refusal['type']>>> = {
  'stock refused': 'InsufficientStock',
  'balance refused': 'InsufficientBalance',
  'another tab, and stock for both': 'CartEmpty',
  'another tab, and stock for one': 'CartEmpty',
  'the cart is emptied meanwhile': 'CartEmpty',
};
const withoutEffect = ['WRITE_CONTENTION', 'EVENT_STORE_UNAVAILABLE', 'IDEMPOTENCY_KEY_IN_USE', 'OVERLOADED'];

type Placed = Awaited<ReturnType<ShopProcess['placeOrder']>>;
type Cancelled = Awaited<ReturnType<ShopProcess['cancelOrder']>>;
/** What a process, by its name, answered. */
type Said<Answer> = { readonly by: string } & ({ readonly answer: Answer } | { readonly problem: string });
const answerOf = <Answer>(said: Said<Answer> | undefined): Answer | undefined => (said && 'answer' in said ? said.answer : undefined);

type Participant = { readonly name: string; readonly shop: ShopProcess; readonly store: CrashingEventStore };

/** A shop of some processes on one store and one clock. */
const openWorld = async ({ order, condition }: FatedOrder, readStore: ReadStore) => {
  const clock = virtualClock();
  const eventStore = memoryEventStore();
  const isCart = order.startsWith('a cart');
  const stores: CrashingEventStore[] = [];
  const open = (name: string, store: EventStore, before?: Interruption): Promise<ShopProcess> =>
    shopProcess({ eventStore: store, clock, readStore, name, random: seededRandom(name.length), ...(before && { before }) });

  const others = await open('others', eventStore);
  const scarce = condition.endsWith('stock for one');
  await others.register('mug', { price: 1_000, stock: scarce ? 2 : 5 });
  await others.register('pen', { price: 2_000, stock: scarce ? 1 : 5 });
  await others.register('lamp', { price: 8_000, stock: 5 });
  await others.charge(buyer, 10_000);
  if (isCart) for (const { productId, quantity } of basket) await others.addToCart(buyer, productId, quantity);

  return {
    clock,
    eventStore,
    others,
    join: async (name: string, options: Parameters<typeof crashingEventStore>[2], before?: Interruption): Promise<Participant> => {
      const store = crashingEventStore(eventStore, clock, options);
      stores.push(store);
      return { name, store, shop: await open(name, store.eventStore, before) };
    },
    landLate: () => Promise.all(stores.map((store) => store.landLate())),
    place: (shop: ShopProcess, key = 'key') => (isCart ? shop.checkOutCart(buyer, { key }) : shop.placeOrder(buyer, basket, { key })),
    /** Whatever a process says after its death was never heard. */
    heard: async <Answer>({ name: by, store }: Omit<Participant, 'shop'>, asked: Promise<Answer>): Promise<Said<Answer> | undefined> => {
      const said = await asked.then(
        (answer): Said<Answer> => ({ by, answer }),
        (fault: unknown): Said<Answer> => ({ by, problem: fault instanceof Problem ? fault.code : String(fault) }),
      );
      return clock.monotonic() <= (store.diedAt() ?? Infinity) ? said : undefined;
    },
  };
};
type World = Awaited<ReturnType<typeof openWorld>>;

/** What comes between the process and its order just then. */
const inTheWay = ({ others, clock }: World, condition: FatedOrder['condition']) => {
  let happened = false;
  const now = () => clock.now().toISOString();
  const before: Interruption = async ({ command }) => {
    if (happened) return;
    const isPayment = command.type === 'PayOrder';
    if (condition === 'stock refused' && command.type === 'ReserveStock' && command.productId === 'pen') {
      happened = true;
      const request = { adjustmentId: 'stolen', requestHash: '0'.repeat(64), change: { setTo: 0 }, reason: 'stolen' };
      await others.tell.product('pen', { type: 'AdjustStock', productId: 'pen', ...request, occurredAt: now() });
    } else if (condition === 'balance refused' && isPayment) {
      happened = true;
      await others.placeOrder(buyer, [{ productId: 'lamp', quantity: 1 }]);
      await others.settled();
    } else if (condition === 'the cart is emptied meanwhile' && isPayment) {
      happened = true;
      await others.tell.cart(buyer, { type: 'ClearCart', userId: buyer, occurredAt: now() });
    }
  };
  return { before, hasHappened: () => happened };
};

/** Buys, and cancels where the story says so; what was answered is not asked again, in whichever process. */
const customer = ({ clock, heard, place }: World, order: FatedOrder['order']) => {
  const answers: { placed?: Said<Placed> | undefined; cancelled?: Said<Cancelled> | undefined } = {};
  const goesTo = async (participant: Participant): Promise<void> => {
    const { shop } = participant;
    if (!answerOf(answers.placed)) answers.placed = await heard(participant, place(shop));
    const placed = answerOf(answers.placed);
    if (order.includes('cancelled') && placed && placed.outcome !== 'refused' && !answerOf(answers.cancelled)) {
      if (order !== 'an order, cancelled before it is sold') await clock.sleep(1_000);
      answers.cancelled = await heard(participant, shop.cancelOrder(buyer, placed.order.orderId));
    }
    await shop.settled();
  };
  return { answers, goesTo };
};

/** Whoever takes up what the process left. */
const resume = async (world: World, resumed: Resumption, ann: ReturnType<typeof customer>): Promise<void> => {
  let appends = 0;
  const onAppend = async () => {
    appends += 1;
    if (appends === 2 && landing[resumed] === 'amid') await world.landLate();
  };
  const sweep = async (name: string, latencyMs: number): Promise<void> => {
    const { shop } = await world.join(name, { latencyMs: () => latencyMs, onAppend });
    await shop.recover(await toDoIn(world.eventStore));
  };
  const ask = async () => ann.goesTo(await world.join('resumer', { latencyMs: () => 1, onAppend }));
  switch (resumed) {
    case 'by the same key':
      return ask();
    case 'by a sweeper':
      return sweep('sweeper', 0);
    case 'by both':
      return void (await Promise.all([ask(), sweep('sweeper', 1)]));
    case 'by two sweepers':
      return void (await Promise.all([sweep('sweeper', 1), sweep('other-sweeper', 2)]));
  }
};

type Told = ReturnType<typeof customer>['answers'] & { readonly twin?: Said<Placed> | undefined; readonly tab?: Said<Placed> | undefined };

/** What is untrue of what was told, by the log. */
const untruths = ({ placed, cancelled, twin, tab }: Told, condition: FatedOrder['condition'], log: readonly ShopEvent[]): string[] => {
  const payments = log.flatMap((event) => (event.type === 'OrderPaid' && event.data.totalAmount === total ? [event.data] : []));
  const [payment] = payments;
  const untruth = (said: Said<Placed> | undefined, ...alsoTrue: readonly Refusal['type'][]): string | undefined => {
    if (said && 'problem' in said) {
      if (said.problem.includes('Error')) return `a fault: ${said.problem}`;
      return withoutEffect.includes(said.problem) && payment?.checkoutId.startsWith(`${said.by}-`)
        ? `${said.problem}, yet paid`
        : undefined;
    }
    if (!said) return undefined;
    if (said.answer.outcome !== 'refused') return isDeepStrictEqual(said.answer.order, payment) ? undefined : 'told of another order';
    const { type } = said.answer.refusal;
    return type === 'CheckoutVoided' || type === obstacles[condition] || alsoTrue.includes(type) ? undefined : `refused: ${type}`;
  };
  const refund = answerOf(cancelled);
  const cancellations = log.filter(({ type }) => type === 'OrderCancelled');
  return [
    payments.length > 1 ? `${payments.length} orders were paid` : undefined,
    untruth(placed),
    untruth(twin),
    // To the other tab, the stock that a dead checkout holds is taken.
    untruth(tab, ...(condition.endsWith('stock for one') ? ['InsufficientStock' as const] : [])),
    tab && 'problem' in tab ? `the other tab was kept waiting: ${tab.problem}` : undefined,
    refund && (refund.outcome === 'refused' || cancellations.length !== 1) ? 'a cancellation that did not happen' : undefined,
  ].filter((finding) => finding !== undefined);
};

/** The order's story to its end. Answers how many appends of the process may meet their fate, and everything that is wrong. */
export const playOrder = async (story: FatedOrder, readStore: ReadStore) => {
  const { order, condition, blow } = story;
  const world = await openWorld(story, readStore);
  const { clock, eventStore, others, heard, place } = world;
  const isTwinned = condition.startsWith('a twin');
  const hasTab = condition.startsWith('another tab');
  const obstacle = inTheWay(world, condition);
  const ann = customer(world, order);

  // The process that meets its fate, and whoever runs beside it.
  const failing = await world.join('one', { ...blow, latencyMs: () => (isTwinned || hasTab ? 2 : 0) }, obstacle.before);
  const first = ann.goesTo(failing);
  const isFaster = (stream: string) => condition.includes('takes one product first') && stream === 'product-pen';
  const beside = async (key: string): Promise<Said<Placed> | undefined> => {
    const participant = await world.join('beside', { latencyMs: (stream) => (isFaster(stream) ? 1 : 3) });
    const said = await heard(participant, place(participant.shop, key));
    await participant.shop.settled();
    return said;
  };
  const twin = isTwinned ? beside('key') : undefined;
  const tab = hasTab ? beside('another key') : undefined;
  await Promise.race([first, failing.store.struck]);
  await clock.sleep(0); // what an acknowledgement set in motion goes on to its next call

  if (blow) await resume(world, blow.resumed, ann);
  await world.landLate();
  if (failing.store.diedAt() === undefined) await first;
  const told = { ...ann.answers, twin: await twin, tab: await tab };
  const left = await toDoIn(eventStore);
  const findings = !blow && left.length > 0 ? ['something is left to the sweeper though nothing went wrong'] : [];

  // The others saw none of it: what they remember of the streams is old.
  for (let round = 0; round < 3; round += 1) await others.recover(await toDoIn(eventStore));
  const log = await eventsIn(eventStore);
  findings.push(...auditOrders(log, { settled: true }), ...untruths(told, condition, log));

  // The same key asked again is the last word, and writes nothing where there is an order.
  const last = answerOf(await heard({ name: 'others', store: crashingEventStore(eventStore, clock, {}) }, place(others)));
  await others.settled();
  const after = await eventsIn(eventStore);
  findings.push(...auditOrders(after, { settled: true }));
  const payment = log.find((event) => event.type === 'OrderPaid' && event.data.totalAmount === total);
  const isOurs = payment?.type === 'OrderPaid' && payment.data.orderId === orderId;
  const wanted = isOurs ? 'repeated' : payment || obstacle.hasHappened() ? 'refused' : 'paid';
  if (last?.outcome !== wanted) findings.push(`asked again: ${last?.outcome ?? 'no answer'}, not ${wanted}`);
  if (wanted !== 'paid' && after.length > log.length) findings.push('asking again wrote something');
  return { appends: failing.store.appends(), findings, log };
};
