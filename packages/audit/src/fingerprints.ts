/** Two 32-bit halves of a text's hash, left here by `hashInto`: a pair returned per call would be garbage per event. */
const halves = new Uint32Array(2);

/** cyrb53's mixing, with both 32-bit halves kept whole. Not cryptographic: the ids of a log are random, and nobody attacks an audit. */
const hashInto = (text: string): void => {
  let one = 0xdeadbeef;
  let other = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    one = Math.imul(one ^ code, 2654435761);
    other = Math.imul(other ^ code, 1597334677);
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(other ^ (other >>> 13), 3266489909);
  other = Math.imul(other ^ (other >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
  halves[0] = one;
  halves[1] = other;
};

const half = (index: 0 | 1): number => halves[index] ?? 0;

/** 53 bits of a text's hash, as a whole number. */
export const digest = (text: string): number => {
  hashInto(text);
  return (half(1) & 0x1fffff) * 0x1_0000_0000 + half(0);
};

/**
 * A map from texts to numbers that keeps 64 bits of a key instead of the key: 16 bytes an entry, for what grows as long as the log does.
 * Two of a hundred million keys meet with a chance of 1 in 3,700; they would be reported as one thing happening twice.
 */
export type FingerprintTable = {
  readonly get: (key: string) => number | undefined;
  readonly has: (key: string) => boolean;
  readonly set: (key: string, value: number) => void;
  readonly size: () => number;
  readonly values: () => Iterable<number>;
};

const fullestShare = 0.6;

export const fingerprintTable = (): FingerprintTable => {
  let capacity = 64; // a simulation audits hundreds of small logs a second
  let keys = new Uint32Array(2 * capacity);
  let stored = new Float64Array(capacity);
  let used = 0;

  /** Slot of the key in `halves`, or the free one where it would stand. Both halves 0 mean free, so that key is moved aside. */
  const slotOf = (): number => {
    if (half(0) === 0 && half(1) === 0) halves[0] = 1;
    let slot = half(0) & (capacity - 1);
    for (;;) {
      const one = keys[2 * slot];
      const other = keys[2 * slot + 1];
      if ((one === 0 && other === 0) || (one === half(0) && other === half(1))) return slot;
      slot = (slot + 1) & (capacity - 1);
    }
  };
  const isFree = (slot: number): boolean => keys[2 * slot] === 0 && keys[2 * slot + 1] === 0;
  const put = (value: number): void => {
    const slot = slotOf();
    if (isFree(slot)) used += 1;
    keys[2 * slot] = half(0);
    keys[2 * slot + 1] = half(1);
    stored[slot] = value;
  };
  const grow = (): void => {
    const before = { keys, stored, capacity };
    capacity *= 2;
    keys = new Uint32Array(2 * capacity);
    stored = new Float64Array(capacity);
    used = 0;
    for (let slot = 0; slot < before.capacity; slot += 1) {
      halves[0] = before.keys[2 * slot] ?? 0;
      halves[1] = before.keys[2 * slot + 1] ?? 0;
      if (half(0) !== 0 || half(1) !== 0) put(before.stored[slot] ?? 0);
    }
  };
  const get = (key: string): number | undefined => {
    hashInto(key);
    const slot = slotOf();
    return isFree(slot) ? undefined : stored[slot];
  };
  return {
    get,
    has: (key) => get(key) !== undefined,
    set: (key, value) => {
      if (used >= capacity * fullestShare) grow();
      hashInto(key);
      put(value);
    },
    size: () => used,
    values: function* () {
      for (let slot = 0; slot < capacity; slot += 1) if (!isFree(slot)) yield stored[slot] ?? 0;
    },
  };
};
