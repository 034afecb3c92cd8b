import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { cartEvent, cartStream, type CartEvent } from './cart.js';
import { productEvent, productStream, type ProductEvent } from './product.js';
import { walletEvent, walletStream, type WalletEvent } from './wallet.js';

export type ShopEvent = WalletEvent | ProductEvent | CartEvent;
export type ShopEventType = ShopEvent['type'];
export type StreamKind = 'wallet' | 'product' | 'cart';

/** `data` of version n of a type in, `data` of version n + 1 out. Pure; never edited once released. */
export type Upcaster = (data: unknown) => unknown;
/** For a type, the upcasters from version 1, 2, … in this order; the current version is their number + 1. */
export type Upcasters = Readonly<Partial<Record<string, readonly Upcaster[]>>>;

/** No stored shape has changed yet. A change adds an upcaster here and a sample of the new version to the golden file. */
export const upcasters: Upcasters = {};

/** The way back of an upcaster: `data` of version n + 1 in, `data` of version n out. Pure. */
export type Downcaster = (data: object) => object;
/** For a type, the downcasters from the current version downwards: as many as what is written stays behind what is read. */
export type Downcasters = Readonly<Partial<Record<string, readonly Downcaster[]>>>;

/**
 * Types that this release only learns to read in their current version and goes on writing in an older one, because processes of the
 * release before share the log with it. An entry comes with its upcaster and goes a release later: from then on the new version is written.
 */
export const downcasters: Downcasters = {};

/** Why an event cannot be used: a type or version that this code does not know, or data that breaks its schema. */
export class UnknownEventError extends Error {
  override readonly name = 'UnknownEventError';
}

const schemas = { wallet: walletEvent, product: productEvent, cart: cartEvent } as const;

/** Every type that streams of a kind hold. */
export const eventTypes = {
  wallet: walletEvent.options.map(({ shape }) => shape.type.value),
  product: productEvent.options.map(({ shape }) => shape.type.value),
  cart: cartEvent.options.map(({ shape }) => shape.type.value),
} as const;

/** The kind of a shop stream by its name, `undefined` for streams that are not the shop's. */
export const streamKind = (stream: string): StreamKind | undefined => {
  const kind = stream.slice(0, Math.max(0, stream.indexOf('-')));
  return kind === 'wallet' || kind === 'product' || kind === 'cart' ? kind : undefined;
};

/** Prefixes of all streams of the shop, for filtered subscriptions. */
export const streamPrefixes: readonly string[] = ['product-', 'wallet-', 'cart-'];

const none: readonly never[] = [];
/** Own keys only: a stored type may be called `constructor`. */
const chainOf = <Step>(type: string, chain: Readonly<Partial<Record<string, readonly Step[]>>>): readonly Step[] =>
  (Object.hasOwn(chain, type) ? chain[type] : undefined) ?? none;

/** Newest version of a type's stored shape that this code reads: the one that decisions and folds know. What is written: `storedForm`. */
export const currentVersion = (type: string, chain: Upcasters = upcasters): number => chainOf(type, chain).length + 1;

/**
 * Brings stored data to the current version of its type.
 * @throws UnknownEventError where the version is newer than this code
 */
export const upcast = (type: string, version: number, data: unknown, chain: Upcasters = upcasters): unknown => {
  const steps = chainOf(type, chain);
  if (version === steps.length + 1) return data;
  if (version > steps.length) throw new UnknownEventError(`${type} has version ${version}; this code knows up to ${steps.length + 1}`);
  return steps.slice(version - 1).reduce((older, step) => step(older), data);
};

/** How the shapes of stored events changed: both ways. */
export type Casters = { readonly up: Upcasters; readonly down: Downcasters };
const casters: Casters = { up: upcasters, down: downcasters };

/** Version in which this release writes a type. */
export const writtenVersion = (type: string, { up, down }: Casters = casters): number =>
  currentVersion(type, up) - chainOf(type, down).length;

const asStored = (data: unknown): unknown => JSON.parse(JSON.stringify(data));

export type StoredForm = {
  readonly version: number;
  readonly data: object;
  /** `data` is what was decided, in the shape that this code knows. */
  readonly trusted?: true;
};

/**
 * What is appended of an event that was decided: its data, in the version that this release writes.
 * @throws Error where the older version cannot say what was decided: such events can only be decided a release later
 */
export const storedForm = ({ type, data }: { readonly type: string; readonly data: object }, chains: Casters = casters): StoredForm => {
  const version = writtenVersion(type, chains);
  const steps = chainOf(type, chains.down);
  if (steps.length === 0) return { version, data, trusted: true };
  const older = steps.reduce((newer, step) => step(newer), data);
  if (!isDeepStrictEqual(asStored(upcast(type, version, older, chains.up)), asStored(data)))
    throw new Error(`version ${version} of ${type}, which this release writes, cannot say what was decided`);
  return { version, data: older };
};

export type StoredShape = {
  readonly stream: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
  /** `data` is the very object that a decision of this process made, never read from anywhere: there is nothing to judge. */
  readonly trusted?: true | undefined;
};

const isTrusted = (stored: StoredShape): stored is StoredShape & ShopEvent => stored.trusted === true;

/** By hand, not by a schema: it runs once per event read. */
const versionOf = (metadata: unknown): number | undefined => {
  if (typeof metadata !== 'object' || metadata === null || !('version' in metadata)) return undefined;
  const { version } = metadata;
  return typeof version === 'number' && Number.isSafeInteger(version) && version >= 1 ? version : undefined;
};

/** The stream that an event belongs to, by the owner named in its data. */
const streamOf = (kind: StreamKind, { data }: ShopEvent): string | undefined => {
  if (kind === 'product') return 'productId' in data ? productStream(data.productId) : undefined;
  if (!('userId' in data)) return undefined;
  return kind === 'wallet' ? walletStream(data.userId) : cartStream(data.userId);
};

/** Data that breaks an upcaster is as unusable as data that breaks the schema. */
const upcastStored = ({ stream, type, data }: StoredShape, version: number, chain: Upcasters): unknown => {
  try {
    return upcast(type, version, data, chain);
  } catch (cause) {
    throw cause instanceof UnknownEventError
      ? cause
      : new UnknownEventError(`${type} in ${stream}: version ${version} cannot be read`, { cause });
  }
};

/**
 * A stored event as the current shape of its stream.
 * @throws UnknownEventError where type, version, shape or the owner named in the data do not fit
 */
export const parseStored = (stored: StoredShape, chain: Upcasters = upcasters): ShopEvent => {
  if (isTrusted(stored)) return stored;
  const { stream, type } = stored;
  const kind = streamKind(stream);
  if (!kind) throw new UnknownEventError(`${stream} is no stream of the shop`);
  const version = versionOf(stored.metadata);
  if (version === undefined) throw new UnknownEventError(`${type} in ${stream} has no version in its metadata`);
  const event = schemas[kind].safeParse({ type, data: upcastStored(stored, version, chain) });
  if (!event.success) throw new UnknownEventError(`${type} in ${stream}: ${z.prettifyError(event.error)}`);
  if (stream !== streamOf(kind, event.data)) throw new UnknownEventError(`${type} in ${stream} names another owner`);
  return event.data;
};
