import type { z } from 'zod';
import { inputErrorCodes, type InputErrorCode } from './contract/index.js';
import { Problem } from './problem.js';

export type InputPlace = 'body' | 'query' | 'path' | 'header';
/** What is wrong with one value of a request. `bound` is the limit it breaks, for the message. */
export type InputError = {
  readonly in: InputPlace;
  readonly path: readonly PropertyKey[];
  readonly code: InputErrorCode;
  readonly bound?: number;
};

/** JSON pointer (RFC 6901); the empty one is the whole. */
export const pointer = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, step) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, step) : undefined), value);

const isCode = (code: unknown): code is InputErrorCode => inputErrorCodes.some((known) => known === code);

const boundOf = (limit: number | bigint | undefined) => (limit === undefined ? {} : { bound: Number(limit) });

type Finding = Pick<InputError, 'code' | 'bound'>;
const findingOf = (issue: z.core.$ZodIssue, value: unknown): Finding => {
  switch (issue.code) {
    case 'invalid_type':
      if (value === undefined) return { code: 'required' };
      return { code: value === Infinity ? 'too_big' : value === -Infinity ? 'too_small' : 'invalid_type' };
    case 'too_small':
      return { code: 'too_small', ...boundOf(issue.minimum) };
    case 'too_big':
      return { code: 'too_big', ...boundOf(issue.maximum) };
    case 'invalid_format':
      return { code: 'invalid_format' };
    case 'unrecognized_keys':
      return { code: 'unknown_key' };
    case 'custom': {
      const code: unknown = issue.params?.['code'];
      return { code: isCode(code) ? code : 'not_allowed' };
    }
    case 'invalid_value':
      return { code: value === undefined ? 'required' : 'not_allowed' };
    case 'not_multiple_of':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
      return { code: 'invalid_type' };
  }
};

/** The findings of zod in the closed list of codes, each place and code once. `input` is what was parsed. */
export const inputErrors = (place: InputPlace, error: z.core.$ZodError, input: unknown): InputError[] => {
  const seen = new Set<string>();
  return error.issues
    .flatMap((issue): InputError[] => {
      const found = findingOf(issue, at(input, issue.path));
      if (issue.code !== 'unrecognized_keys') return [{ in: place, path: issue.path, ...found }];
      return issue.keys.map((key) => ({ in: place, path: [...issue.path, key], ...found }));
    })
    .filter(({ path, code }) => {
      const key = `${code} ${pointer(path)}`;
      return !seen.has(key) && seen.add(key);
    });
};

/** For a handler that finds out itself what no schema can know, such as a time in the future. */
export const invalidInput = (...errors: readonly InputError[]): Problem => new Problem('VALIDATION_FAILED', { errors });
