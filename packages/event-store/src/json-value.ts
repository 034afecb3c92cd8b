const isRecord = (value: object): value is Readonly<Record<string, unknown>> => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null); // of any realm
};

const scalarFlaw = (value: unknown): string | undefined => {
  if (typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (value === undefined) return ' is undefined';
  if (typeof value !== 'number') return ` is a ${typeof value}`;
  if (Object.is(value, -0)) return ' is -0';
  return Number.isFinite(value) ? undefined : ` is ${value}`;
};

/**
 * What JSON would silently drop or change in a value (`undefined`, NaN, -0, functions, a Date, a Map, …), as path and reason;
 * undefined where it comes back from JSON as it is. Readers in the process get the object itself: it must equal what is on disk.
 */
export const jsonFlaw = (value: unknown): string | undefined => {
  if (typeof value !== 'object') return scalarFlaw(value);
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const flaw = jsonFlaw(value[index]);
      if (flaw !== undefined) return `[${index}]${flaw}`;
    }
    return undefined;
  }
  if (!isRecord(value)) return ' is no plain object';
  for (const key in value) {
    const flaw = jsonFlaw(value[key]);
    if (flaw !== undefined) return `.${key}${flaw}`;
  }
  return Object.getOwnPropertySymbols(value).length > 0 ? ' has a symbol for a key' : undefined;
};
