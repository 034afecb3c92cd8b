import type { ProductEvent, ProductFact } from '@shop/events';
import { accept, refuse, repeat, unchanged, unreachable, type Decider, type Decision } from '../decider.js';
import { draftOf, keyed, without, type Keyed } from '../keyed.js';

type Request = { readonly productId: string; readonly occurredAt: string };
type RegisterProduct = Request & {
  readonly type: 'RegisterProduct';
  readonly registrationId: string;
  readonly requestHash: string;
  readonly name: string;
  readonly price: number;
  readonly stock: number;
};
/** `expectedRevision` here and below: the catalogue revision of `If-Match`; undefined for none and for `*`. */
type ChangeProduct = Request & {
  readonly type: 'ChangeProduct';
  readonly name?: string | undefined;
  readonly price?: number | undefined;
  readonly expectedRevision?: number | undefined;
};
type ArchiveProduct = Request & { readonly type: 'ArchiveProduct'; readonly expectedRevision?: number | undefined };
type AdjustStock = Request & {
  readonly type: 'AdjustStock';
  readonly adjustmentId: string;
  readonly requestHash: string;
  readonly change: { readonly delta: number } | { readonly setTo: number };
  /** Compare-and-set by value: a revision would fail at every sale. */
  readonly expectedStock?: number | undefined;
  readonly reason: string;
  readonly reference?: string | undefined;
};
type Reservation = {
  readonly reservationId: string;
  readonly checkoutId: string;
  readonly orderId: string;
  readonly userId: string;
  readonly quantity: number;
};
type ReserveStock = Request & Reservation & { readonly type: 'ReserveStock' };
type ReleaseStock = Request & { readonly type: 'ReleaseStock'; readonly reservationId: string };
/** Of many orders at once. Reservations that are not open are left out. */
type SellStock = Request & { readonly type: 'SellStock'; readonly reservationIds: readonly string[] };
/** Its order was cancelled; that it was paid is proven by the wallet. */
type ReturnStock = Request & Reservation & { readonly type: 'ReturnStock' };
export type ProductCommand =
  RegisterProduct | ChangeProduct | ArchiveProduct | AdjustStock | ReserveStock | ReleaseStock | SellStock | ReturnStock;

export type ShortItem = { readonly productId: string; readonly requested: number; readonly stock: number };
export type ProductRefusal =
  | { readonly type: 'IdempotencyKeyReused' }
  | { readonly type: 'ProductAlreadyExists'; readonly productId: string }
  | { readonly type: 'ProductNotFound'; readonly productIds: readonly string[] }
  | { readonly type: 'ProductArchived'; readonly productIds: readonly string[] }
  | { readonly type: 'RevisionMismatch'; readonly currentRevision: number }
  | { readonly type: 'InsufficientStock'; readonly items: readonly ShortItem[] }
  | { readonly type: 'StockLimitExceeded'; readonly limit: number; readonly stock: number }
  | { readonly type: 'StockChanged'; readonly stock: number }
  /** Its stock was given back for good. */
  | { readonly type: 'ReservationClosed'; readonly reservationId: string };

type Registration = {
  readonly registrationId: string;
  readonly requestHash: string;
  readonly name: string;
  readonly price: number;
  readonly available: number;
  readonly occurredAt: string;
};
type Adjustment = { readonly requestHash: string; readonly delta: number; readonly available: number; readonly occurredAt: string };
export type OpenReservation = Omit<Reservation, 'reservationId'> & {
  readonly name: string;
  readonly unitPrice: number;
  /** After it was reserved. */
  readonly available: number;
  readonly occurredAt: string;
};
export type Product = {
  /** As it was registered; null for a product that never was. */
  registration: Registration | null;
  name: string;
  price: number;
  /** Catalogue revision: events about name, price and being sold at all, never stock. */
  revision: number;
  archived: boolean;
  available: number;
  readonly adjustments: Keyed<Adjustment>;
  open: Keyed<OpenReservation>;
  /** Reservations whose stock came back, with the time it did: a return counts once. */
  readonly returned: Keyed<string>;
};

type Answer = Decision<ProductEvent, ProductRefusal>;
/** Units, after an adjustment; a release or a return may pass it. */
const stockLimit = 1_000_000_000;

const register = ({ type: _, stock, ...request }: RegisterProduct, { registration }: Readonly<Product>): Answer => {
  const { productId, registrationId, requestHash } = request;
  if (!registration) return accept({ type: 'ProductRegistered', data: { ...request, revision: 1, available: stock } });
  if (registration.registrationId !== registrationId) return refuse({ type: 'ProductAlreadyExists', productId });
  if (registration.requestHash !== requestHash) return refuse({ type: 'IdempotencyKeyReused' });
  return repeat({ type: 'ProductRegistered', data: { productId, revision: 1, ...registration } });
};

/** Why a catalogue cannot be changed, by what is judged before the change itself. */
const catalogueObstacle = (
  { productId, expectedRevision }: ChangeProduct | ArchiveProduct,
  { registration, revision }: Readonly<Product>,
): ProductRefusal | undefined => {
  if (!registration) return { type: 'ProductNotFound', productIds: [productId] };
  if (expectedRevision !== undefined && expectedRevision !== revision) return { type: 'RevisionMismatch', currentRevision: revision };
  return undefined;
};

const change = (command: ChangeProduct, state: Readonly<Product>): Answer => {
  const { productId, occurredAt, name = state.name, price = state.price } = command;
  const obstacle = catalogueObstacle(command, state);
  if (obstacle) return refuse(obstacle);
  if (state.archived) return refuse({ type: 'ProductArchived', productIds: [productId] });
  const at = (revision: number) => ({ productId, revision, occurredAt });
  const renamed = name !== state.name;
  const repriced: ProductEvent = { type: 'ProductRepriced', data: { ...at(state.revision + (renamed ? 2 : 1)), price } };
  if (!renamed) return price === state.price ? unchanged : accept(repriced);
  const rename: ProductEvent = { type: 'ProductRenamed', data: { ...at(state.revision + 1), name } };
  return price === state.price ? accept(rename) : accept<ProductEvent>(rename, repriced);
};

const archive = (command: ArchiveProduct, state: Readonly<Product>): Answer => {
  const { productId, occurredAt } = command;
  const obstacle = catalogueObstacle(command, state);
  if (obstacle) return refuse(obstacle);
  if (state.archived) return unchanged;
  return accept({ type: 'ProductArchived', data: { productId, revision: state.revision + 1, occurredAt } });
};

const adjust = (command: AdjustStock, state: Readonly<Product>): Answer => {
  const { productId, adjustmentId, requestHash, reason, reference, occurredAt } = command;
  const data = { productId, adjustmentId, reason, ...(reference !== undefined && { reference }) };
  const earlier = state.adjustments.get(adjustmentId);
  if (earlier?.requestHash === requestHash) return repeat({ type: 'StockAdjusted', data: { ...data, ...earlier } });
  if (earlier) return refuse({ type: 'IdempotencyKeyReused' });
  const { available: stock, registration, archived } = state;
  if (!registration) return refuse({ type: 'ProductNotFound', productIds: [productId] });
  if (archived) return refuse({ type: 'ProductArchived', productIds: [productId] });
  if (command.expectedStock !== undefined && command.expectedStock !== stock) return refuse({ type: 'StockChanged', stock });
  // Setting the stock to what it is changes nothing, yet it is written: the key must answer the same once others have sold.
  const delta = 'delta' in command.change ? command.change.delta : command.change.setTo - stock;
  const available = stock + delta;
  if (available < 0) return refuse({ type: 'InsufficientStock', items: [{ productId, requested: -delta, stock }] });
  if (delta > 0 && available > stockLimit) return refuse({ type: 'StockLimitExceeded', limit: stockLimit, stock });
  return accept({ type: 'StockAdjusted', data: { ...data, requestHash, delta, available, occurredAt } });
};

/**
 * A checkout id is new at every try and each of its reservations is asked for once, so a closed one is not asked for again.
 * Should a released one be, it is open again and recovery finds it; one whose return counted could never be given back again.
 */
const reserve = (command: ReserveStock, state: Readonly<Product>): Answer => {
  const { productId, reservationId, checkoutId, orderId, userId, quantity, occurredAt } = command;
  const { available: stock, name, price: unitPrice, registration, archived } = state;
  const earlier = state.open.get(reservationId);
  if (earlier) return repeat({ type: 'StockReserved', data: { productId, reservationId, ...earlier } });
  if (state.returned.has(reservationId)) return refuse({ type: 'ReservationClosed', reservationId });
  if (!registration) return refuse({ type: 'ProductNotFound', productIds: [productId] });
  if (archived) return refuse({ type: 'ProductArchived', productIds: [productId] });
  if (quantity > stock) return refuse({ type: 'InsufficientStock', items: [{ productId, requested: quantity, stock }] });
  const available = stock - quantity;
  // Field by field, here and where it is folded: this runs for every line of every order, and spreading or resting costs a microsecond.
  return accept({
    type: 'StockReserved',
    data: { productId, reservationId, checkoutId, orderId, userId, quantity, name, unitPrice, available, occurredAt },
  });
};

const release = ({ productId, reservationId, occurredAt }: ReleaseStock, { available, open }: Readonly<Product>): Answer => {
  const reservation = open.get(reservationId);
  if (!reservation) return unchanged;
  const { checkoutId, orderId, userId, quantity } = reservation;
  const data = { productId, reservationId, checkoutId, orderId, userId, quantity, available: available + quantity, occurredAt };
  return accept({ type: 'StockReleased', data });
};

const sell = ({ productId, reservationIds, occurredAt }: SellStock, { available, open }: Readonly<Product>): Answer => {
  const reservations: ProductFact<'StockSold'>['data']['reservations'] = [];
  for (const reservationId of new Set(reservationIds)) {
    const reservation = open.get(reservationId);
    if (reservation) reservations.push({ reservationId, orderId: reservation.orderId, quantity: reservation.quantity });
  }
  if (reservations.length === 0) return unchanged;
  return accept({ type: 'StockSold', data: { productId, reservations, available, occurredAt } });
};

const giveBack = ({ type: _, ...request }: ReturnStock, { available, returned }: Readonly<Product>): Answer =>
  returned.has(request.reservationId)
    ? repeat()
    : accept({ type: 'StockReturned', data: { ...request, available: available + request.quantity } });

const decide = (command: ProductCommand, state: Readonly<Product>): Answer => {
  switch (command.type) {
    case 'RegisterProduct':
      return register(command, state);
    case 'ChangeProduct':
      return change(command, state);
    case 'ArchiveProduct':
      return archive(command, state);
    case 'AdjustStock':
      return adjust(command, state);
    case 'ReserveStock':
      return reserve(command, state);
    case 'ReleaseStock':
      return release(command, state);
    case 'SellStock':
      return sell(command, state);
    case 'ReturnStock':
      return giveBack(command, state);
    default:
      return unreachable(command);
  }
};

const evolve = (state: Product, event: ProductEvent): void => {
  switch (event.type) {
    case 'ProductRegistered': {
      const { registrationId, requestHash, name, price, available, occurredAt, revision } = event.data;
      state.registration = { registrationId, requestHash, name, price, available, occurredAt };
      state.name = name;
      state.price = price;
      state.revision = revision;
      break;
    }
    case 'ProductRenamed':
      state.name = event.data.name;
      state.revision = event.data.revision;
      return;
    case 'ProductRepriced':
      state.price = event.data.price;
      state.revision = event.data.revision;
      return;
    case 'ProductArchived':
      state.archived = true;
      state.revision = event.data.revision;
      return;
    case 'StockAdjusted': {
      const { adjustmentId, requestHash, delta, available, occurredAt } = event.data;
      state.adjustments.set(adjustmentId, { requestHash, delta, available, occurredAt });
      break;
    }
    case 'StockReserved': {
      const { reservationId, checkoutId, orderId, userId, quantity, name, unitPrice, available, occurredAt } = event.data;
      state.open.set(reservationId, { checkoutId, orderId, userId, quantity, name, unitPrice, available, occurredAt });
      break;
    }
    case 'StockReleased':
      state.open.delete(event.data.reservationId);
      break;
    case 'StockSold':
      state.open = without(
        state.open,
        event.data.reservations.map(({ reservationId }) => reservationId),
      );
      break;
    case 'StockReturned':
      state.open.delete(event.data.reservationId);
      state.returned.set(event.data.reservationId, event.data.occurredAt);
      break;
    default:
      return unreachable(event);
  }
  state.available = event.data.available;
};

export const product: Decider<Product, ProductCommand, ProductEvent, ProductRefusal> = {
  initialState: () => ({
    registration: null,
    name: '',
    price: 0,
    revision: 0,
    archived: false,
    available: 0,
    adjustments: keyed(),
    open: keyed(),
    returned: keyed(),
  }),
  decide,
  evolve,
  draft: (state) => ({
    ...state,
    adjustments: draftOf(state.adjustments),
    open: draftOf(state.open),
    returned: draftOf(state.returned),
  }),
};
