import { hash } from 'node:crypto';
import { v5 } from 'uuid';

/** Never changes: ids derived from keys must come out the same for ever. */
const namespace = '6f1f0f1e-54a5-4f8e-9d0b-3c1f6c8f0a57';

/** The same key of the same owner always names the same thing; without a key it is a new one. */
const keyedId = (owner: readonly string[], key: string | undefined, newId: () => string): string =>
  key === undefined ? newId() : v5(JSON.stringify([...owner, key]), namespace);

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
