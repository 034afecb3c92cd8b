import { z } from 'zod';
import { cartEvent, type CartEvent } from './cart.js';
import { productEvent, type ProductEvent } from './product.js';
import { walletEvent, type WalletEvent } from './wallet.js';

export type ShopEvent = WalletEvent | ProductEvent | CartEvent;
export type ShopEventType = ShopEvent['type'];
export type StreamKind = 'wallet' | 'product' | 'cart';

/** `data` of version n of a type in, `data` of version n + 1 out. Pure; never edited once released. */
export type Upcaster = (data: unknown) => unknown;
/** For a type, the upcasters from version 1, 2, … in this order; the current version is their number + 1. */
export type Upcasters = Readonly<Partial<Record<string, readonly Upcaster[]>>>;

/** No stored shape has changed yet. A change adds an upcaster here and a sample of the new version to the golden file. */
export const upcasters: Upcasters = {};

/** Why an event cannot be used: a type or version that this code does not know, or data that breaks its schema. */
export class UnknownEventError extends Error {
  override readonly name = 'UnknownEventError';
}

const schemas = { wallet: walletEvent, product: productEvent, cart: cartEvent } as const;

/** The kind of a shop stream by its name, `undefined` for streams that are not the shop's. */
export const streamKind = (stream: string): StreamKind | undefined => {
  const kind = stream.slice(0, Math.max(0, stream.indexOf('-')));
  return kind === 'wallet' || kind === 'product' || kind === 'cart' ? kind : undefined;
};

/** Prefixes of all streams of the shop, for filtered subscriptions. */
export const streamPrefixes: readonly string[] = ['product-', 'wallet-', 'cart-'];

/** Current version of a type's stored shape, for the metadata of a new event. */
export const currentVersion = (type: string, chain: Upcasters = upcasters): number => (chain[type]?.length ?? 0) + 1;

/**
 * Brings stored data to the current version of its type.
 * @throws UnknownEventError where the version is newer than this code
 */
export const upcast = (type: string, version: number, data: unknown, chain: Upcasters = upcasters): unknown => {
  const current = currentVersion(type, chain);
  if (version > current) throw new UnknownEventError(`${type} has version ${version}; this code knows versions up to ${current}`);
  return (chain[type] ?? []).slice(version - 1).reduce((older, step) => step(older), data);
};

export type StoredShape = { readonly stream: string; readonly type: string; readonly data: unknown; readonly metadata: unknown };

const versionOf = z.object({ version: z.int().min(1) });

const owner = z.object({ userId: z.string(), productId: z.string() }).partial();

/**
 * A stored event as the current shape of its stream.
 * @throws UnknownEventError where type, version, shape or the owner named in the data do not fit
 */
export const parseStored = (stored: StoredShape, chain: Upcasters = upcasters): ShopEvent => {
  const kind = streamKind(stored.stream);
  if (!kind) throw new UnknownEventError(`${stored.stream} is no stream of the shop`);
  const metadata = versionOf.safeParse(stored.metadata);
  if (!metadata.success) throw new UnknownEventError(`${stored.type} in ${stored.stream} has no version in its metadata`);
  const data = upcast(stored.type, metadata.data.version, stored.data, chain);
  const event = schemas[kind].safeParse({ type: stored.type, data });
  if (!event.success) throw new UnknownEventError(`${stored.type} in ${stored.stream}: ${z.prettifyError(event.error)}`);
  const { userId, productId } = owner.parse(event.data.data);
  if (stored.stream !== `${kind}-${kind === 'product' ? productId : userId}`)
    throw new UnknownEventError(`${stored.type} in ${stored.stream} names another owner`);
  return event.data;
};
