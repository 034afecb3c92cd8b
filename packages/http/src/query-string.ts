import type { InputError } from './input-errors.js';

/** Keys may be anything, `__proto__` too: an object without a prototype takes them as they are. */
export type QueryParameters = Record<string, string>;

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.includes('+') ? text.replaceAll('+', ' ') : text);
  } catch {
    return undefined;
  }
};

/** Each parameter once; a repeated one or broken percent-encoding is an error, never a guess. */
export const parseQuery = (queryString: string): { readonly parameters: QueryParameters; readonly errors: readonly InputError[] } => {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- Object.create answers any
  const parameters: QueryParameters = Object.create(null);
  const errors: InputError[] = [];
  for (const part of queryString.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? '' : decode(part.slice(equals + 1));
    if (name === undefined || value === undefined)
      errors.push({ in: 'query', path: [name ?? ''], code: 'invalid_format', rule: 'encoding' });
    else if (name in parameters) errors.push({ in: 'query', path: [name], code: 'not_allowed', rule: 'once' });
    else parameters[name] = value;
  }
  return { parameters, errors };
};
