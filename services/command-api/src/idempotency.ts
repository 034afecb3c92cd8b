import { hash } from 'node:crypto';

/** Of the UUID 6f1f0f1e-54a5-4f8e-9d0b-3c1f6c8f0a57. Never changes: ids derived from keys must come out the same for ever. */
const namespace = Buffer.from('6f1f0f1e54a54f8e9d0b3c1f6c8f0a57', 'hex');
const variants = '89ab';

/** UUID version 5 (RFC 9562, 5.5) of a name. Every keyed request has one, and `uuid`'s takes three times as long. */
export const nameBasedId = (name: string): string => {
  const hex = hash('sha1', Buffer.concat([namespace, Buffer.from(name)]), 'hex');
  const variant = variants.charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** The same key of the same owner always names the same thing; without a key it is a new one. */
const keyedId = (owner: readonly string[], key: string | undefined, newId: () => string): string =>
  key === undefined ? newId() : nameBasedId(JSON.stringify([...owner, key]));

type Keyed = { readonly userId: string; readonly caller: string; readonly idempotencyKey?: string };

/** Orders and checkouts share one space of keys, so one key is one order. */
export const orderIdFor = ({ userId, idempotencyKey }: Keyed, newId: () => string): string => keyedId([userId], idempotencyKey, newId);

/** A key belongs to caller, owner (a user, or a product) and operation. */
export const operationIdFor = (
  { caller, idempotencyKey }: Keyed,
  operation: 'charge' | 'cart-addition' | 'registration' | 'stock-adjustment',
  owner: string,
  newId: () => string,
): string => keyedId([caller, owner, operation], idempotencyKey, newId);

/** Without a productId in the request, its key names the product. */
export const productIdFor = ({ caller, idempotencyKey }: Keyed, newId: () => string): string =>
  keyedId([caller, 'product'], idempotencyKey, newId);

/** SHA-256 over the parts in the order given: a canonical form is the caller's business. */
export const hashOf = (...parts: readonly unknown[]): string => hash('sha256', JSON.stringify(parts), 'hex');
