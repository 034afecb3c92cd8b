import { z } from 'zod';

/** Caps of the contract: far below 2^53, so that no JSON parser rounds anything. */
export const limits = {
  charge: 1_000_000_000_000,
  price: 1_000_000_000,
  stock: 1_000_000_000,
  adjustment: 1_000_000_000,
  quantity: 10_000,
  orderLines: 100,
  cartLines: 100,
  /** The dearest order there can be. */
  orderTotal: 1_000_000_000_000_000,
  page: 1_000_000,
  pageSize: 100,
  text: 200,
  bodyBytes: 32 * 1024,
  bodyDepth: 16,
} as const;

/** Codes of `errors[]`, a closed list. */
export const inputErrorCodes = [
  'required',
  'invalid_type',
  'too_small',
  'too_big',
  'invalid_format',
  'unknown_key',
  'not_allowed',
] as const;
export type InputErrorCode = (typeof inputErrorCodes)[number];

/** The rules that a message can name beside a limit or a list of values. */
export const inputRules = [
  'whole_number',
  'text',
  'list',
  'object',
  'boolean',
  'user_id',
  'product_id',
  'made_id',
  'not_dots',
  'not_reserved',
  'time',
  'not_future',
  'entity_tag',
  'cursor',
  'plain_text',
  'whole_text',
  'encoding',
  'once',
  'not_zero',
  'some_change',
  'delta_or_set_to',
  'not_both',
  'one_user',
  'not_judged',
] as const;
export type InputRule = (typeof inputRules)[number];

/** What a message says beyond the code. */
export type FindingDetails = {
  readonly rule?: InputRule;
  readonly bound?: number;
  readonly unit?: 'characters' | 'entries';
  readonly values?: readonly string[];
};

/** What a check of our own found, in a form that survives zod: it travels in `params`. */
export const finding = (code: InputErrorCode, details: FindingDetails = {}) => ({ params: { finding: { code, ...details } } });
/** The rule that a check of zod's stands for: it travels as the message, which nobody reads otherwise. */
const rule = (name: InputRule) => ({ error: name });

const integerAsText = (value: unknown) => (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? String(value) : value);
/** Clients may send an id as an integer: it becomes its decimal string, and −0 is "0". */
const idText = (characters: RegExp, most: number, name: InputRule) =>
  z
    .string()
    .min(1, { abort: true })
    .max(most, { abort: true })
    .regex(characters, { abort: true, ...rule(name) });
const notADot = (id: string) => id !== '.' && id !== '..';

const userIdCharacters = /^[A-Za-z0-9._~:@|+=-]+$/;

/** A user named by the shop's client or by a token's subject. */
export const userIdText = idText(userIdCharacters, 128, 'user_id').refine(notADot, finding('not_allowed', { rule: 'not_dots' }));
export const userId = z.preprocess(integerAsText, userIdText).meta({ example: 'u1' });

export const productId = z
  .preprocess(
    integerAsText,
    idText(/^[A-Za-z0-9._~-]+$/, 64, 'product_id').refine(
      (id) => notADot(id) && id !== 'top',
      finding('not_allowed', { rule: 'not_reserved' }),
    ),
  )
  .meta({ example: 'mug' });

/** Ids that the shop made: orders and cart lines. What it never made is simply not found. */
const madeId = z.preprocess(integerAsText, idText(userIdCharacters, 128, 'made_id'));
export const orderId = madeId.meta({ description: 'as an order answered it' });
export const itemId = madeId.meta({ description: 'as the cart answered it' });

/** A JSON number without fraction; −0 is 0. */
const integer = (least: number, most: number) =>
  z
    // What no double holds has no size to compare: it passes the limit that is on its side.
    .int({ error: ({ input }) => (input === Infinity ? String(most) : input === -Infinity ? String(least) : undefined) })
    .overwrite((value) => value + 0)
    .min(least)
    .max(most);
export const price = integer(0, limits.price).meta({ description: 'whole won', example: 12_000 });
export const charge = integer(1, limits.charge).meta({ description: 'whole won', example: 50_000 });
export const stock = integer(0, limits.stock).meta({ description: 'units that can still be bought', example: 50 });
export const quantity = integer(1, limits.quantity).meta({ example: 2 });
export const expectedTotal = integer(0, limits.orderTotal).meta({ description: 'refuse unless the total is this', example: 24_000 });
export const stockChange = integer(-limits.adjustment, limits.adjustment).refine(
  (delta) => delta !== 0,
  finding('not_allowed', { rule: 'not_zero' }),
);

/** A surrogate that stands alone cannot be stored as UTF-8. */
const unstorable = (text: string) => text.includes('\0') || !text.isWellFormed();
// eslint-disable-next-line no-control-regex -- controls are what it looks for
const control = /[\u0000-\u001F\u007F-\u009F]/;
/** Characters as people count them: a code point outside the BMP is one. */
const characters = (text: string) => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};
const withinText = (text: string) => text.length <= limits.text || (text.length <= 2 * limits.text && characters(text) <= limits.text);
const tooLong = finding('too_big', { bound: limits.text, unit: 'characters' });
const broken = finding('invalid_format', { rule: 'whole_text' });
const boundedText = z.string().min(1, { abort: true }).refine(withinText, tooLong).meta({ maxLength: limits.text });

export const text = boundedText.refine((value) => !unstorable(value), broken);
export const productName = z
  .string()
  .normalize('NFC')
  .trim()
  .min(1, { abort: true })
  .refine(withinText, tooLong)
  .refine((name) => !unstorable(name) && !control.test(name), finding('invalid_format', { rule: 'plain_text' }))
  .meta({ maxLength: limits.text, example: '머그컵' });

const numberInQuery = (value: unknown) => (typeof value === 'string' && /^-?(0|[1-9]\d{0,20})$/.test(value) ? Number(value) : value);
const queryInteger = (least: number, most: number) => z.preprocess(numberInQuery, integer(least, most));
const booleanInQuery = (value: unknown) => (value === 'true' ? true : value === 'false' ? false : value);
export const queryBoolean = z.preprocess(booleanInQuery, z.boolean());
export const queryPrice = queryInteger(0, limits.price);
const inCapitals = (value: unknown) => (typeof value === 'string' ? value.toUpperCase() : value);
/** Any RFC 3339 time; comes out in UTC with milliseconds. Times are compared as texts, so a year has four digits there too. */
export const queryTime = z
  .preprocess(
    inCapitals,
    z.iso
      .datetime({ offset: true, abort: true, ...rule('time') })
      .overwrite((time) => new Date(time).toISOString())
      .refine((time) => /^\d{4}-/.test(time), finding('invalid_format', { rule: 'time' })),
  )
  .meta({ format: 'date-time', description: 'RFC 3339; + must be sent as %2B' });
export const searchText = z
  .string()
  .normalize('NFC')
  .min(1, { abort: true })
  .refine(withinText, tooLong)
  .refine((value) => !unstorable(value), broken)
  .meta({ maxLength: limits.text, description: 'part of the name, in any case' });

export const pageNumber = queryInteger(1, limits.page).default(1);
export const pageSize = queryInteger(1, limits.pageSize).default(20);
export const topSize = queryInteger(1, 20).default(5);
/** Opaque to clients, and to this check: who made it knows whether it is whole. */
export const cursor = z.string().min(1, { abort: true }).max(1_024);
export const cursorPage = { cursor: cursor.optional(), limit: pageSize };

/** Values of answers. */
export const amount = z.int().min(0).meta({ description: 'whole won' });
export const count = z.int().min(0);
export const name = z.string();
export const id = z.string().min(1);
export const currency = z.literal('KRW');
export const time = z.string().meta({ format: 'date-time', example: '2026-01-05T03:04:05.678Z' });
export const revision = z.int().min(0).meta({ description: 'for If-Match' });
/** `nextCursor` is null where nothing follows. */
export const cursorListOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() });
