import { id } from '@shop/events';
import { z } from 'zod';

/** What a state remembers by id. A Map is one; so is a draft of it. */
export type Keyed<Value extends NonNullable<unknown>> = {
  readonly size: number;
  readonly get: (key: string) => Value | undefined;
  readonly has: (key: string) => boolean;
  readonly set: (key: string, value: Value) => unknown;
  readonly delete: (key: string) => boolean;
  /** In the order in which the keys were set, like a Map. */
  readonly [Symbol.iterator]: () => Iterator<[string, Value]>;
};

export const keyed = <Value extends NonNullable<unknown>>(entries: Iterable<readonly [string, Value]> = []): Keyed<Value> =>
  new Map(entries);

/** How the entries look in a snapshot. */
export const keyedEntries = <Value extends z.ZodType>(value: Value) => z.array(z.tuple([id, value]));

/** A class: closures took 20 times as long to make, and every batch of commands makes a few. */
class Draft<Value extends NonNullable<unknown>> implements Keyed<Value> {
  readonly #base: Keyed<Value>;
  #own: Map<string, Value> | undefined;
  /** Keys that were deleted here; one of `base` that was set again afterwards stays in it and comes last, as in a Map. */
  #gone: Set<string> | undefined;
  #size: number;

  constructor(base: Keyed<Value>) {
    this.#base = base;
    this.#size = base.size;
  }

  #inBase(key: string): boolean {
    return !this.#gone?.has(key) && this.#base.has(key);
  }

  get size(): number {
    return this.#size;
  }

  has(key: string): boolean {
    return this.#own?.has(key) === true || this.#inBase(key);
  }

  get(key: string): Value | undefined {
    return this.#own?.get(key) ?? (this.#gone?.has(key) ? undefined : this.#base.get(key));
  }

  set(key: string, value: Value): void {
    if (!this.has(key)) this.#size += 1;
    (this.#own ??= new Map()).set(key, value);
  }

  delete(key: string): boolean {
    if (!this.has(key)) return false;
    this.#size -= 1;
    this.#own?.delete(key);
    (this.#gone ??= new Set()).add(key);
    return true;
  }

  *[Symbol.iterator](): Generator<[string, Value]> {
    for (const [key, value] of this.#base) if (!this.#gone?.has(key)) yield [key, this.#own?.get(key) ?? value];
    for (const entry of this.#own ?? []) if (!this.#inBase(entry[0])) yield entry;
  }
}

/** Behaves as a copy of `base` at a cost that does not depend on its size. `base` must not change meanwhile. */
export const draftOf = <Value extends NonNullable<unknown>>(base: Keyed<Value>): Keyed<Value> => new Draft(base);

/**
 * `base` without some keys: itself, or a new one where at least half of it goes. A map that gains and loses keys for ever moves from table to
 * table, and once one of those has grown old, the garbage collector keeps whatever was in any that followed.
 */
export const without = <Value extends NonNullable<unknown>>(base: Keyed<Value>, keys: readonly string[]): Keyed<Value> => {
  if (keys.length * 2 < base.size) {
    for (const key of keys) base.delete(key);
    return base;
  }
  const gone = new Set(keys);
  const left = keyed<Value>();
  for (const [key, value] of base) if (!gone.has(key)) left.set(key, value);
  return left;
};
