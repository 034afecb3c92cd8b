import { createHash } from 'node:crypto';
import { invalidInput } from '@shop/http';
import { z } from 'zod';

/** A list newest first, and everything that decides what belongs in it: a cursor of one list is none of another. */
export type History = { readonly list: string; readonly filter: readonly (string | null)[] };

const format = 1;
const cursorShape = z.tuple([z.literal(format), z.string(), z.array(z.union([z.string(), z.int()]))]);

const sealOf = ({ list, filter }: History, key: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify([format, list, filter, key]))
    .digest('base64url')
    .slice(0, 16);

/** Opaque to clients: where in the list the last entry stood. The seal tells a damaged or foreign one; it is no secret. */
export const writeCursor = (history: History, key: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify([format, sealOf(history, key), key])).toString('base64url');

const decoded = (cursor: string): unknown => {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.toString('base64url') !== cursor) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined; // damaged: the shape says so
  }
};

/** @throws Problem `VALIDATION_FAILED` on `cursor` for any text that this list has not handed out */
export const readCursor = <Key>(history: History, key: z.ZodType<Key>, cursor: string): Key => {
  const shape = cursorShape.safeParse(decoded(cursor));
  if (shape.success) {
    const [, seal, position] = shape.data;
    const parsed = key.safeParse(position);
    if (parsed.success && seal === sealOf(history, position)) return parsed.data;
  }
  throw invalidInput({ in: 'query', path: ['cursor'], code: 'invalid_format' });
};
