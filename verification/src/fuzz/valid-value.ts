import { z } from 'zod';
import type { Chance } from './chance.js';

type JsonSchema = z.core.JSONSchema.BaseSchema;
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Answers a value for a property of a certain name, undefined where any will do. */
export type Named = (property: string) => Json | undefined;

const known = new WeakMap<z.ZodType, JsonSchema>();
/** What a schema takes in, as JSON Schema. */
const inputSchema = (schema: z.ZodType): JsonSchema => {
  const remembered = known.get(schema) ?? z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  known.set(schema, remembered);
  return remembered;
};

const texts = [
  '머그컵',
  'a',
  "it's",
  '"quoted" \\ and <b>',
  '라떼 ☕️ 😀',
  'e\u0301'.repeat(3),
  '  spaces  ',
  'x'.repeat(200),
  '$ne',
  '%00',
  '__proto__',
];
const times = [
  '2026-01-05T03:04:05.678Z',
  '2020-02-29T23:59:59Z',
  '1999-12-31T23:59:59.999+09:00',
  '2026-01-05t03:04:05z',
  '0001-01-01T00:00:00Z',
];

/** Near its limits or small: there the mistakes are. */
const integerOf = ({ minimum = -1_000, maximum = 1_000 }: JsonSchema, { of, below }: Chance): number =>
  of([
    minimum,
    maximum,
    Math.min(maximum, minimum + 1),
    ...Array.from({ length: 9 }, () => Math.min(maximum, Math.max(minimum, 1 + below(20)))),
  ]);

const objectOf = (schema: JsonSchema, root: JsonSchema, chance: Chance, named: Named): Json => {
  const required = schema.required ?? [];
  return Object.fromEntries(
    Object.entries(schema.properties ?? {})
      .filter(([name]) => required.includes(name) || chance.happens(0.3))
      .map(([name, property]): [string, Json] => [
        name,
        named(name) ?? (typeof property === 'boolean' ? null : valueOf(property, root, chance, named, name)),
      ]),
  );
};

const lengthOf = ({ minItems = 0, maxItems = 3 }: JsonSchema, { happens, below }: Chance): number =>
  happens(0.03) ? maxItems : Math.min(maxItems, minItems + below(3));

const valueOf = (schema: JsonSchema, root: JsonSchema, chance: Chance, named: Named, property: string): Json => {
  const name = schema.$ref?.replace('#/$defs/', '');
  const referred = name === undefined ? undefined : root.$defs?.[name];
  if (referred) return valueOf(referred, root, chance, named, property);
  if (schema.enum) return z.json().parse(chance.of(schema.enum));
  const { type, items } = schema;
  if (type === 'object') return objectOf(schema, root, chance, named);
  if (type === 'array' && items !== undefined && typeof items !== 'boolean' && !Array.isArray(items))
    return Array.from(
      { length: lengthOf(schema, chance) },
      () => named(property.replace(/s$/, '')) ?? valueOf(items, root, chance, named, property),
    );
  if (type === 'integer') return integerOf(schema, chance);
  if (type === 'boolean') return chance.happens(0.5);
  return schema.format === 'date-time' ? chance.of(times) : chance.of(texts);
};

const mostTries = 50;
/** A value that the schema takes. @throws Error where none is found */
export const validValue = (schema: z.ZodType, chance: Chance, named: Named): Json => {
  const root = inputSchema(schema);
  for (let tries = 0; tries < mostTries; tries += 1) {
    const value = valueOf(root, root, chance, named, '');
    if (schema.safeParse(value).success) return value;
  }
  throw new Error(`no valid value was found for ${JSON.stringify(root)}`);
};
