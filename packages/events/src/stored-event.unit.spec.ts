import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  currentVersion,
  parseStored,
  storedForm,
  streamKind,
  UnknownEventError,
  upcast,
  type Casters,
  type StoredShape,
  type Upcasters,
} from './stored-event.js';

const occurredAt = '2026-01-05T03:04:05.678Z';
const voided: StoredShape = {
  stream: 'wallet-u1',
  type: 'CheckoutVoided',
  data: { userId: 'u1', orderId: 'o1', checkoutId: 'c1', occurredAt },
  metadata: { version: 1 },
};
const charge = { userId: 'u1', chargeId: 'k1', requestHash: 'a'.repeat(64), amount: 1, balance: 1, occurredAt };
const charged = (change: object): StoredShape => {
  return { stream: 'wallet-u1', type: 'WalletCharged', data: { ...charge, ...change }, metadata: { version: 1 } };
};

describe('reading a stored event', () => {
  it('answers type and data of its stream', () => {
    expect(parseStored(voided)).toEqual({ type: voided.type, data: voided.data });
  });

  it.each([
    ['a type that nobody knows', { type: 'WalletBurnt' }],
    ['a type called like a property of every object', { type: 'constructor' }],
    ['a type of another kind of stream', { stream: 'cart-u1' }],
    ['a version of the future', { metadata: { version: 2 } }],
    ['a version that is none', { metadata: { version: 0 } }],
    ['a version in words', { metadata: { version: '1' } }],
    ['half a version', { metadata: { version: 1.5 } }],
    ['no version', { metadata: {} }],
    ['no metadata', { metadata: null }],
    ['no data', { data: null }],
    ['a lacking field', { data: { userId: 'u1', checkoutId: 'c1', occurredAt } }],
    ['another owner', { stream: 'wallet-u2' }],
    ["an owner's name that only begins alike", { stream: 'wallet-u' }],
    ['a stream that is not of the shop', { stream: '$settings' }],
    ['a stream without a kind', { stream: 'wallet' }],
  ] satisfies [string, Partial<StoredShape>][])('refuses %s', (_, change) => {
    expect(() => parseStored({ ...voided, ...change })).toThrow(UnknownEventError);
  });

  it('refuses the owner of another product and another cart', () => {
    const archived = { type: 'ProductArchived', data: { productId: 'p1', revision: 2, occurredAt }, metadata: { version: 1 } };
    const removed = {
      type: 'CartItemRemoved',
      data: { userId: 'u1', itemId: 'i1', productId: 'p1', occurredAt },
      metadata: { version: 1 },
    };
    expect(parseStored({ ...archived, stream: 'product-p1' }).type).toBe('ProductArchived');
    expect(() => parseStored({ ...archived, stream: 'product-p2' })).toThrow('names another owner');
    expect(parseStored({ ...removed, stream: 'cart-u1' }).type).toBe('CartItemRemoved');
    expect(() => parseStored({ ...removed, stream: 'cart-u2' })).toThrow('names another owner');
  });

  it.each([
    ['half a won', { amount: 0.5 }],
    ['a charge of nothing', { amount: 0 }],
    ['a balance below zero', { balance: -1 }],
    ['money as text', { amount: '1' }],
    ['a number that was rounded', { balance: 2 ** 53 }],
    ['a time without milliseconds', { occurredAt: '2026-01-05T03:04:05Z' }],
    ['a time of another zone', { occurredAt: '2026-01-05T03:04:05.678+09:00' }],
    ['a hash that is none', { requestHash: 'A'.repeat(64) }],
    ['a name without letters', { chargeId: '' }],
  ])('refuses %s', (_, change) => {
    expect(parseStored(charged({})).type).toBe('WalletCharged');
    expect(() => parseStored(charged(change))).toThrow(UnknownEventError);
  });

  it('knows streams by the word before the first dash', () => {
    expect(streamKind('wallet-a-b')).toBe('wallet');
    expect(streamKind('wallets-a')).toBeUndefined();
    expect(streamKind('-wallet')).toBeUndefined();
  });
});

const fieldsOf = (data: unknown) => z.record(z.string(), z.unknown()).parse(data);

describe('an event whose shape changed twice', () => {
  /** As if version 1 had named the checkout `id` and version 2 had not yet named the order. */
  const chain: Upcasters = {
    CheckoutVoided: [
      (data) => {
        const { id, ...rest } = fieldsOf(data);
        return { ...rest, checkoutId: id };
      },
      (data) => ({ ...fieldsOf(data), orderId: 'unknown' }),
    ],
  };
  const now = { type: 'CheckoutVoided', data: { userId: 'u1', orderId: 'unknown', checkoutId: 'c1', occurredAt } };

  it.each([
    [1, { userId: 'u1', id: 'c1', occurredAt }],
    [2, { userId: 'u1', checkoutId: 'c1', occurredAt }],
    [3, now.data],
  ])('reads version %i as the shape of today, and leaves what was stored alone', (version, data) => {
    const stored = { ...voided, metadata: { version }, data: Object.freeze(data) };
    expect(parseStored(stored, chain)).toEqual(now);
    expect(parseStored(stored, chain)).toEqual(now);
  });

  it('is written in the newest version, and no later one is understood', () => {
    expect(storedForm(now, { up: chain, down: {} })).toEqual({ version: 3, data: now.data, trusted: true });
    expect([currentVersion('CheckoutVoided', chain), currentVersion('WalletCharged', chain)]).toEqual([3, 1]);
    expect(() => upcast('CheckoutVoided', 4, {}, chain)).toThrow(UnknownEventError);
    expect(() => parseStored({ ...voided, metadata: { version: 4 } }, chain)).toThrow(UnknownEventError);
  });

  it('judges the shape of today: an old one under a new number is refused', () => {
    const stored = { ...voided, metadata: { version: 3 }, data: { userId: 'u1', id: 'c1', occurredAt } };
    expect(() => parseStored(stored, chain)).toThrow(UnknownEventError);
  });

  it('is unusable, and no fault of the code, where its data breaks the way up', () => {
    const failing: Upcasters = {
      CheckoutVoided: [
        () => {
          throw new TypeError('no such field');
        },
      ],
    };
    expect(() => parseStored(voided, failing)).toThrow(UnknownEventError);
  });
});

describe('an event whose new shape is only read yet, because processes of the release before share the log', () => {
  /** As if version 2 had come to name the order, and version 3 to say whether a customer asked. */
  const up: Upcasters = {
    CheckoutVoided: [(data) => ({ ...fieldsOf(data), orderId: 'unknown' }), (data) => ({ ...fieldsOf(data), asked: false })],
  };
  const without =
    (field: string) =>
    (data: object): object => {
      const { [field]: _, ...rest } = fieldsOf(data);
      return rest;
    };
  const written = { userId: 'u1', orderId: 'o1', checkoutId: 'c1', occurredAt };
  const decided = { type: 'CheckoutVoided', data: { ...written, asked: false } };
  const readingFirst: Casters = { up, down: { CheckoutVoided: [without('asked')] } };

  it('is written in the version that everybody understands, and reads as it was decided', () => {
    expect(storedForm(decided, readingFirst)).toEqual({ version: 2, data: written });
    expect(upcast('CheckoutVoided', 2, written, up)).toEqual(decided.data);
  });

  it('is written in its new version a release later, by taking the way back out', () => {
    expect(storedForm(decided, { up, down: {} })).toEqual({ version: 3, data: decided.data, trusted: true });
  });

  it('can stay behind by more than one version', () => {
    const before = { ...decided, data: { ...decided.data, orderId: 'unknown' } };
    const { orderId: _, ...first } = written;
    expect(storedForm(before, { up, down: { CheckoutVoided: [without('asked'), without('orderId')] } })).toEqual({
      version: 1,
      data: first,
    });
  });

  it('is a fault, and nothing is written, where the old version would lose what was decided', () => {
    const asked = { ...decided, data: { ...decided.data, asked: true } };
    expect(() => storedForm(asked, readingFirst)).toThrow('version 2 of CheckoutVoided, which this release writes, cannot say');
  });

  it('does not mind fields that are not there', () => {
    const data = { ...decided.data, reference: undefined };
    expect(storedForm({ ...decided, data }, readingFirst).version).toBe(2);
  });

  it('leaves every other type as it is', () => {
    expect(storedForm({ type: 'WalletCharged', data: charge }, readingFirst)).toEqual({ version: 1, data: charge, trusted: true });
    expect(storedForm({ type: 'constructor', data: {} }, readingFirst).version).toBe(1);
  });
});
