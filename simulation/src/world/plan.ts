import { seededRandom, type Random } from '@shop/clock';
import { readModelNames, type ReadModelName } from '@shop/read-store';
import { drawFaults, stagingFaults, type Fault } from '../faults/faults.js';

/** How fresh a read asks to be; `session` sends what its user was told last. */
export type Freshness = 'strong' | 'session' | 'eventual';

type Line = { readonly product: number; readonly quantity: number };
/** What a client does. Numbers choose among what there is by then: a product, an order, a line of the cart. */
export type Action =
  | { readonly kind: 'register' }
  | { readonly kind: 'charge'; readonly amount: number }
  | { readonly kind: 'order'; readonly lines: readonly Line[]; readonly expects?: 'the right total' | 'another total' }
  | { readonly kind: 'add'; readonly product: number; readonly quantity: number }
  | { readonly kind: 'change'; readonly line: number; readonly quantity: number; readonly stale: boolean }
  | { readonly kind: 'remove'; readonly line: number }
  | { readonly kind: 'clear' }
  | { readonly kind: 'checkout'; readonly part: boolean }
  | { readonly kind: 'cancel'; readonly order: number }
  | { readonly kind: 'adjust'; readonly product: number; readonly delta: number }
  | { readonly kind: 'reprice'; readonly product: number; readonly price: number; readonly stale: boolean }
  | { readonly kind: 'archive'; readonly product: number }
  | {
      readonly kind: 'read';
      readonly what: 'balance' | 'product' | 'products' | 'order' | 'orders' | 'cart' | 'top' | 'transactions' | 'movements';
      readonly of: number;
      readonly freshness: Freshness;
    };

export type Command = {
  readonly number: number;
  readonly user: number;
  readonly action: Action;
  /** Bound to the effect; of some commands the same as that of an earlier one. */
  readonly key: string;
  /** Times it is sent at once. */
  readonly copies: number;
  /** Each copy under a key of its own, as from several tabs. */
  readonly tabs: boolean;
  /** Copies to one process, instead of any. */
  readonly sameProcess: boolean;
  /** Times it is sent again where no definite answer came. */
  readonly tries: number;
  /** Milliseconds before it. */
  readonly pause: number;
};

/** Clients run beside each other, each of them one command after the other. Several may act for one user. */
export type Client = { readonly name: string; readonly commands: readonly Command[] };

export type Plan = {
  readonly seed: number;
  readonly scenario: 'anything' | 'baskets' | 'regrets';
  readonly users: number;
  readonly products: readonly { readonly stock: number; readonly price: number }[];
  readonly balance: number;
  readonly clients: readonly Client[];
  readonly faults: ReadonlySet<Fault>;
  readonly impatience: number;
  readonly start: string;
  /** Events or documents that one call reads at a time. */
  readonly pageEvents: number;
  readonly knowsRevisions: boolean;
  /** Whether appends are staged, as in an embedded shop. */
  readonly staged: boolean;
  /** Read models that are kept: all of them in some worlds, in most only some, as they do not know of each other. */
  readonly models: readonly ReadModelName[];
  readonly settings: {
    readonly command: Readonly<Record<string, string>>;
    readonly projector: Readonly<Record<string, string>>;
  };
};

const from = (random: Random) => ({
  whole: (least: number, most: number): number => least + Math.floor(random() * (most - least + 1)),
  /** Mostly small ones. */
  small: (least: number, most: number): number => least + Math.floor(random() ** 2 * (most - least + 1)),
  oneOf: <Item>(first: Item, ...others: readonly Item[]): Item => [first, ...others][Math.floor(random() * (others.length + 1))] ?? first,
  happens: (chance: number): boolean => random() < chance,
});
type Draw = ReturnType<typeof from>;

const actionOf = (draw: Draw, products: number): Action => {
  const { whole, small, oneOf, happens } = draw;
  const product = () => whole(0, products - 1);
  const dice = whole(1, 100);
  if (happens(0.002)) return { kind: 'archive', product: product() };
  if (dice <= 24) {
    const lines = Array.from({ length: oneOf(1, 1, 2, 2, 3) }, () => ({ product: product(), quantity: small(1, 3) }));
    const expects = oneOf(undefined, undefined, undefined, 'the right total', 'another total');
    return { kind: 'order', lines, ...(expects && { expects }) };
  }
  if (dice <= 32) return { kind: 'charge', amount: 100 * small(1, 30) };
  if (dice <= 45) return { kind: 'add', product: product(), quantity: small(1, 3) };
  if (dice <= 53) return { kind: 'checkout', part: happens(0.3) };
  if (dice <= 55) return { kind: 'change', line: whole(0, 9), quantity: small(1, 4), stale: happens(0.3) };
  if (dice <= 57) return happens(0.6) ? { kind: 'remove', line: whole(0, 9) } : { kind: 'clear' };
  if (dice <= 66) return { kind: 'cancel', order: whole(0, 99) };
  if (dice <= 71) return { kind: 'adjust', product: product(), delta: happens(0.6) ? small(1, 4) : -small(1, 3) };
  if (dice <= 76) return { kind: 'reprice', product: product(), price: 100 * small(1, 4), stale: happens(0.2) };
  const what = oneOf('balance', 'balance', 'product', 'product', 'products', 'order', 'orders', 'cart', 'top', 'transactions', 'movements');
  return { kind: 'read', what, of: whole(0, 99), freshness: oneOf('strong', 'strong', 'session', 'session', 'eventual') };
};

const commandsOf = (
  draw: Draw,
  { count, users, products }: { readonly count: number; readonly users: number; readonly products: number },
): Command[] => {
  const { whole, small, happens } = draw;
  const commands: Command[] = [];
  for (let number = 0; number < count; number += 1) {
    // Asked once more, later, perhaps in another process: the same request under the same key.
    const earlier = happens(0.08) ? commands[whole(0, commands.length - 1)] : undefined;
    const { user, action, key } = earlier ?? { user: whole(0, users - 1), action: actionOf(draw, products), key: `key-${number}` };
    const tabs = action.kind === 'checkout' && happens(0.3);
    const copies = tabs || happens(action.kind === 'read' ? 0 : 0.14) ? whole(2, 3) : 1;
    const pause = happens(0.4) ? 0 : happens(0.1) ? small(0, 20_000) : small(0, 400);
    commands.push({ number, user, action, key, copies, tabs, sameProcess: happens(0.4), tries: whole(0, 3), pause });
  }
  return commands;
};

const stagedShare = 0.15;
const starts = ['2026-01-05T03:04:05.678Z', '2026-01-05T23:59:58.000Z', '2026-02-28T23:30:00.000Z', '2026-01-05T11:59:30.000Z'] as const;

const settingsOf = ({ whole, oneOf, small, happens }: Draw): Plan['settings'] => ({
  command: {
    SNAPSHOT_EVERY: `${oneOf(1, 2, 4, 32)}`,
    CACHED_STREAMS: `${oneOf(1, 1, 3, 100)}`,
    SETTLE_EVERY_MS: `${oneOf(0, 50, 400)}`,
    SWEEP_EVERY_MS: `${oneOf(300, 2_000, 5_000)}`,
    // Waiting is not what keeps an order safe: a sweeper that does not wait at all costs retries and nothing else.
    SWEEP_AFTER_MS: `${oneOf(30_000, 1_000, 0)}`,
    SWEEP_RETRY_MS: `${oneOf(5_000, 100)}`,
  },
  projector: {
    PROJECTOR_LINGER_MS: `${oneOf(0, 20, 20, 100)}`,
    PROJECTOR_PAGE_EVENTS: `${whole(2, 60)}`,
    PROJECTOR_RECENT_EVENTS: `${happens(0.3) ? small(1, 20) : 20_000}`,
    PROJECTOR_LOOK_MS: '30000',
    PROJECTOR_WATCHDOG_MS: '8000',
  },
});

/** The sweeper needs its list; what else is kept differs. */
const modelsOf = ({ happens, oneOf }: Draw): readonly ReadModelName[] => {
  const share = oneOf(0.3, 0.5, 1);
  return readModelNames.filter((name) => happens(name === 'to-do' ? 1 : share));
};

const world = (draw: Draw, random: Random, seed: number) => {
  const { oneOf, small, happens } = draw;
  return {
    seed,
    faults: drawFaults(random),
    impatience: oneOf(0, 0.02, 0.1),
    start: oneOf(...starts),
    pageEvents: happens(0.5) ? small(1, 8) : 64,
    knowsRevisions: happens(0.25),
    staged: false,
    models: modelsOf(draw),
    settings: settingsOf(draw),
  };
};

const anything = (seed: number, random: Random): Plan => {
  const draw = from(random);
  const { whole, small } = draw;
  const users = whole(1, 4);
  const products = Array.from({ length: whole(1, 3) }, () => ({ stock: small(1, 12), price: 100 * whole(1, 4) }));
  const count = whole(20, 60);
  const commands = commandsOf(draw, { count, users, products: products.length });
  const tabs = whole(2, 6);
  const tabOf = commands.map(() => whole(1, tabs));
  const clients = Array.from({ length: tabs }, (_, index): Client => {
    return { name: `client-${index + 1}`, commands: commands.filter((_command, at) => tabOf[at] === index + 1) };
  });
  return { ...world(draw, random, seed), scenario: 'anything', users, products, balance: 100 * whole(0, 40), clients };
};

/** More baskets of the same products than there is stock, enough money, and nothing that goes wrong. */
const baskets = (seed: number, random: Random): Plan => {
  const draw = from(random);
  const { whole } = draw;
  const stock = whole(1, 3);
  const products = Array.from({ length: whole(2, 3) }, () => ({ stock, price: 100 }));
  const lines = products.map((_, product) => ({ product, quantity: 1 }));
  const users = stock + whole(1, 3);
  const clients = Array.from({ length: users }, (_, user): Client => {
    const turned = user % lines.length;
    const action: Action = { kind: 'order', lines: [...lines.slice(turned), ...lines.slice(0, turned)] };
    return {
      name: `client-${user + 1}`,
      commands: [{ number: user, user, action, key: `key-${user}`, copies: 1, tabs: false, sameProcess: false, tries: 0, pause: 0 }],
    };
  });
  const drawn = world(draw, random, seed);
  const settings = { ...drawn.settings, command: { ...drawn.settings.command, SWEEP_AFTER_MS: '30000' } };
  return { ...drawn, scenario: 'baskets', settings, faults: new Set(), impatience: 0, users, products, balance: 10_000, clients };
};

/**
 * Orders that are cancelled as soon as they are paid, while processes die: the sale, which one process has yet to book, and the return of the
 * stock, which another owes, then come in any order, or one of them not at all.
 */
const regrets = (seed: number, random: Random): Plan => {
  const draw = from(random);
  const { whole } = draw;
  const products = Array.from({ length: whole(1, 2) }, () => ({ stock: whole(5, 20), price: 100 }));
  const users = whole(2, 4);
  const orders = whole(5, 9);
  const clients = Array.from({ length: users }, (_, user): Client => {
    const commands = Array.from({ length: 2 * orders }, (_command, index): Command => {
      const line = { product: whole(0, products.length - 1), quantity: 1 };
      const action: Action = index % 2 === 0 ? { kind: 'order', lines: [line] } : { kind: 'cancel', order: (index - 1) / 2 };
      const number = user * 2 * orders + index;
      return { number, user, action, key: `key-${number}`, copies: 1, tabs: false, sameProcess: false, tries: 2, pause: 0 };
    });
    return { name: `client-${user + 1}`, commands };
  });
  const drawn = world(draw, random, seed);
  const settings = { ...drawn.settings, command: { ...drawn.settings.command, SETTLE_EVERY_MS: '400' } };
  const faults = new Set([...drawn.faults, 'crash' as const]);
  return { ...drawn, scenario: 'regrets', settings, faults, users, products, balance: 10_000, clients };
};

const unstaged = (seed: number): Plan => {
  const random = seededRandom(seed);
  const dice = random();
  if (dice < 0.06) return baskets(seed, random);
  return dice < 0.94 ? anything(seed, random) : regrets(seed, random);
};

/** What happens in the world of a seed, but for the order in which it does. */
export const planOf = (seed: number): Plan => {
  const plan = unstaged(seed);
  const random = seededRandom(seed ^ 0x57a6ed); // apart from the rest: other worlds stay what they have always been
  if (random() >= stagedShare) return plan;
  const faults = plan.scenario === 'baskets' ? [] : stagingFaults.filter(() => random() < 0.6);
  return { ...plan, staged: true, faults: new Set([...plan.faults, ...faults]) };
};
