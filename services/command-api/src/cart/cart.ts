import type { CartEvent, CartFact } from '@shop/events';
import { accept, refuse, repeat, unchanged, unreachable, type Decider, type Decision } from '../decider.js';
import { draftOf, keyed, type Keyed } from '../keyed.js';

type Request = { readonly userId: string; readonly occurredAt: string };
type AddCartItem = Request & {
  readonly type: 'AddCartItem';
  readonly additionId: string;
  readonly requestHash: string;
  /** For the line, should this addition open one. Never used before: a line opened anew is another line. */
  readonly itemId: string;
  readonly productId: string;
  readonly name: string;
  readonly price: number;
  readonly quantity: number;
};
/** `expectedRevision` here and below: the cart's revision of `If-Match`; undefined for none and for `*`. */
type ChangeCartItemQuantity = Request & {
  readonly type: 'ChangeCartItemQuantity';
  readonly itemId: string;
  readonly quantity: number;
  readonly expectedRevision?: number | undefined;
};
type RemoveCartItem = Request & {
  readonly type: 'RemoveCartItem';
  readonly itemId: string;
  readonly expectedRevision?: number | undefined;
};
type ClearCart = Request & { readonly type: 'ClearCart'; readonly expectedRevision?: number | undefined };
/** After the wallet paid for a cart order: takes what was bought out of the lines that are still there. */
type CheckOutCart = Request & {
  readonly type: 'CheckOutCart';
  readonly orderId: string;
  readonly lines: readonly { readonly itemId: string; readonly quantity: number }[];
};
export type CartCommand = AddCartItem | ChangeCartItemQuantity | RemoveCartItem | ClearCart | CheckOutCart;

export type CartRefusal =
  | { readonly type: 'IdempotencyKeyReused' }
  | { readonly type: 'CartItemNotFound' }
  | { readonly type: 'RevisionMismatch'; readonly currentRevision: number }
  /** Of lines in the cart, or of units on one line. */
  | { readonly type: 'CartLimitExceeded'; readonly limit: number; readonly current: number };

export type CartItem = {
  readonly productId: string;
  readonly name: string;
  readonly quantity: number;
  readonly addedPrice: number;
  readonly addedAt: string;
};
type Addition = { readonly requestHash: string; readonly occurredAt: string };
export type Cart = {
  /** Number of events in the stream. */
  revision: number;
  readonly lines: Keyed<CartItem>;
  readonly additions: Keyed<Addition>;
  /** Lines that are gone, the last hundred of them, with the time they went. */
  readonly removed: Keyed<string>;
  /** Orders taken out of the cart, with the time. */
  readonly takenOut: Keyed<string>;
  lastTakenOut: string | null;
};

type Answer = Decision<CartEvent, CartRefusal>;
const lineLimit = 100;
const quantityLimit = 10_000;
const removedKept = 100;
/** A key of an addition is promised seven days; the eighth covers processes whose clocks differ. */
const additionsKeptMs = 8 * 24 * 60 * 60 * 1000;

const add = (command: AddCartItem, { lines, additions }: Readonly<Cart>): Answer => {
  const { userId, additionId, requestHash, productId, name, price: addedPrice, quantity, occurredAt } = command;
  const earlier = additions.get(additionId);
  if (earlier) return earlier.requestHash === requestHash ? repeat() : refuse({ type: 'IdempotencyKeyReused' });
  const [itemId, line] = [...lines].find(([, { productId: other }]) => other === productId) ?? [command.itemId, undefined];
  const current = line?.quantity ?? 0;
  if (!line && lines.size >= lineLimit) return refuse({ type: 'CartLimitExceeded', limit: lineLimit, current: lines.size });
  if (current + quantity > quantityLimit) return refuse({ type: 'CartLimitExceeded', limit: quantityLimit, current });
  const item = { userId, itemId, productId, additionId, requestHash, name, addedPrice, occurredAt };
  return accept({ type: 'CartItemAdded', data: { ...item, quantity, lineQuantity: current + quantity } });
};

const isStale = ({ expectedRevision }: { readonly expectedRevision?: number | undefined }, { revision }: Readonly<Cart>): boolean =>
  expectedRevision !== undefined && expectedRevision !== revision;
const stale = ({ revision }: Readonly<Cart>): Answer => refuse({ type: 'RevisionMismatch', currentRevision: revision });

const changeQuantity = (command: ChangeCartItemQuantity, state: Readonly<Cart>): Answer => {
  const { userId, itemId, quantity: lineQuantity, occurredAt } = command;
  if (isStale(command, state)) return stale(state);
  const line = state.lines.get(itemId);
  if (!line) return refuse({ type: 'CartItemNotFound' });
  if (line.quantity === lineQuantity) return unchanged;
  if (lineQuantity > quantityLimit) return refuse({ type: 'CartLimitExceeded', limit: quantityLimit, current: line.quantity });
  const { productId } = line;
  return accept({ type: 'CartItemQuantityChanged', data: { userId, itemId, productId, lineQuantity, occurredAt } });
};

const remove = (command: RemoveCartItem, state: Readonly<Cart>): Answer => {
  const { userId, itemId, occurredAt } = command;
  if (isStale(command, state)) return stale(state);
  const line = state.lines.get(itemId);
  if (line) return accept({ type: 'CartItemRemoved', data: { userId, itemId, productId: line.productId, occurredAt } });
  return state.removed.has(itemId) ? unchanged : refuse({ type: 'CartItemNotFound' });
};

const clear = (command: ClearCart, state: Readonly<Cart>): Answer => {
  const { userId, occurredAt } = command;
  if (isStale(command, state)) return stale(state);
  const [first, ...others] = [...state.lines].map(([itemId, { productId }]): CartFact<'CartItemRemoved'> => {
    return { type: 'CartItemRemoved', data: { userId, itemId, productId, occurredAt } };
  });
  return first ? accept<CartEvent>(first, ...others) : unchanged;
};

/** Written even where nothing is left to take: the next checkout of this cart must know that this one was taken out. */
const checkOut = ({ userId, orderId, lines: bought, occurredAt }: CheckOutCart, { lines, takenOut }: Readonly<Cart>): Answer => {
  if (takenOut.has(orderId)) return repeat();
  const taken = bought.flatMap(({ itemId, quantity: most }) => {
    const left = lines.get(itemId)?.quantity ?? 0;
    const quantity = Math.min(most, left);
    return quantity > 0 ? [{ itemId, quantity, lineQuantity: left - quantity }] : [];
  });
  return accept({ type: 'CartCheckedOut', data: { userId, orderId, lines: taken, occurredAt } });
};

const decide = (command: CartCommand, state: Readonly<Cart>): Answer => {
  switch (command.type) {
    case 'AddCartItem':
      return add(command, state);
    case 'ChangeCartItemQuantity':
      return changeQuantity(command, state);
    case 'RemoveCartItem':
      return remove(command, state);
    case 'ClearCart':
      return clear(command, state);
    case 'CheckOutCart':
      return checkOut(command, state);
    default:
      return unreachable(command);
  }
};

const addLine = ({ lines, additions }: Cart, { data }: CartFact<'CartItemAdded'>): void => {
  const { itemId, productId, name, addedPrice, lineQuantity: quantity, additionId, requestHash, occurredAt } = data;
  const addedAt = lines.get(itemId)?.addedAt ?? occurredAt;
  lines.set(itemId, { productId, name, quantity, addedPrice, addedAt });
  additions.set(additionId, { requestHash, occurredAt });
};

const setQuantity = ({ lines, removed }: Cart, itemId: string, quantity: number, occurredAt: string): void => {
  const line = lines.get(itemId);
  if (!line) return;
  if (quantity > 0) {
    lines.set(itemId, { ...line, quantity });
    return;
  }
  lines.delete(itemId);
  removed.set(itemId, occurredAt);
};

// eslint-disable-next-line no-restricted-globals -- reading a stored instant asks no clock
const milliseconds = (instant: string): number => Date.parse(instant);

/** By event time, so that every fold of the stream forgets the same. */
const forget = ({ additions, removed }: Cart, now: string): void => {
  const before = milliseconds(now) - additionsKeptMs;
  for (const [additionId, { occurredAt }] of additions) {
    if (milliseconds(occurredAt) >= before) break;
    additions.delete(additionId);
  }
  for (const [itemId] of removed) {
    if (removed.size <= removedKept) break;
    removed.delete(itemId);
  }
};

const evolve = (state: Cart, event: CartEvent): void => {
  const { occurredAt } = event.data;
  switch (event.type) {
    case 'CartItemAdded':
      addLine(state, event);
      break;
    case 'CartItemQuantityChanged':
      setQuantity(state, event.data.itemId, event.data.lineQuantity, occurredAt);
      break;
    case 'CartItemRemoved':
      setQuantity(state, event.data.itemId, 0, occurredAt);
      break;
    case 'CartCheckedOut':
      for (const { itemId, lineQuantity } of event.data.lines) setQuantity(state, itemId, lineQuantity, occurredAt);
      state.takenOut.set(event.data.orderId, occurredAt);
      state.lastTakenOut = event.data.orderId;
      break;
    default:
      return unreachable(event);
  }
  state.revision += 1;
  forget(state, occurredAt);
};

export const cart: Decider<Cart, CartCommand, CartEvent, CartRefusal> = {
  initialState: () => ({ revision: 0, lines: keyed(), additions: keyed(), removed: keyed(), takenOut: keyed(), lastTakenOut: null }),
  decide,
  evolve,
  draft: (state) => ({
    ...state,
    lines: draftOf(state.lines),
    additions: draftOf(state.additions),
    removed: draftOf(state.removed),
    takenOut: draftOf(state.takenOut),
  }),
};
