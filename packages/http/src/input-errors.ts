import type { z } from 'zod';
import { inputErrorCodes, inputRules, type FindingDetails, type InputErrorCode, type InputRule } from './contract/index.js';
import { Problem } from './problem.js';

export type InputPlace = 'body' | 'query' | 'path' | 'header';
/** What is wrong with one value of a request; the details are for the message: the limit it breaks, the rule, what is allowed. */
export type InputError = {
  readonly in: InputPlace;
  readonly path: readonly PropertyKey[];
  readonly code: InputErrorCode;
} & FindingDetails;

/** JSON pointer (RFC 6901); the empty one is the whole. */
export const pointer = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, step) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, step) : undefined), value);

const isRule = (name: unknown): name is InputRule => inputRules.some((known) => known === name);
const ruleNamed = (name: string) => (isRule(name) ? { rule: name } : {});

type Finding = { readonly code: InputErrorCode } & FindingDetails;
const isFinding = (value: unknown): value is Finding =>
  typeof value === 'object' && value !== null && 'code' in value && inputErrorCodes.some((known) => known === value.code);

const typeRules: Readonly<Record<string, InputRule>> = {
  int: 'whole_number',
  number: 'whole_number',
  string: 'text',
  array: 'list',
  object: 'object',
  boolean: 'boolean',
};
const typeRule = (expected: string) => {
  const rule = typeRules[expected];
  return rule === undefined ? {} : { rule };
};

const boundOf = (limit: number | bigint, origin: string): FindingDetails => ({
  bound: Number(limit),
  ...(origin === 'string' ? { unit: 'characters' } : origin === 'array' ? { unit: 'entries' } : {}),
});

const findingOf = (issue: z.core.$ZodIssue, value: unknown): Finding => {
  switch (issue.code) {
    case 'invalid_type':
      if (value === undefined) return { code: 'required', ...typeRule(issue.expected) };
      if (value === Infinity || value === -Infinity) return { code: value > 0 ? 'too_big' : 'too_small', bound: Number(issue.message) };
      return { code: 'invalid_type', ...typeRule(issue.expected) };
    case 'too_small':
      return { code: 'too_small', ...boundOf(issue.minimum, issue.origin) };
    case 'too_big':
      return { code: 'too_big', ...boundOf(issue.maximum, issue.origin) };
    case 'invalid_format':
      return { code: 'invalid_format', ...ruleNamed(issue.message) };
    case 'unrecognized_keys':
      return { code: 'unknown_key' };
    case 'custom': {
      const found: unknown = issue.params?.['finding'];
      return isFinding(found) ? found : { code: 'not_allowed' };
    }
    case 'invalid_value':
      return { code: value === undefined ? 'required' : 'not_allowed', values: issue.values.map(String) };
    case 'not_multiple_of':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
      return { code: 'invalid_type' };
  }
};

/** A number beyond 2^53 passes the limit of all integers before the one that counts. */
const isOfAllIntegers = (issue: z.core.$ZodIssue) => (issue.code === 'too_big' || issue.code === 'too_small') && issue.origin === 'int';

/** The findings of zod in the closed list of codes, each place and code once. `input` is what was parsed. */
export const inputErrors = (place: InputPlace, error: z.core.$ZodError, input: unknown): InputError[] => {
  const seen = new Set<string>();
  return error.issues
    .filter((issue) => !isOfAllIntegers(issue))
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
