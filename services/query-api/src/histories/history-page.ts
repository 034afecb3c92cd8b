import type { z } from 'zod';
import { readCursor, writeCursor, type History } from './cursor.js';

export type HistoryQuery<Key, Entry> = History & {
  readonly cursor: string | undefined;
  readonly limit: number;
  readonly key: z.ZodType<Key>;
  readonly keyOf: (entry: Entry) => Key;
  /** Up to `count` entries older than `after`, newest first. */
  readonly older: (after: Key | undefined, count: number) => Promise<readonly Entry[]>;
};
export type HistoryPage<Entry> = { readonly entries: readonly Entry[]; readonly nextCursor: string | null };

/** One entry more than asked for is read: it alone tells whether anything follows an exactly full page. */
export const historyPage = async <Key extends readonly (string | number)[], Entry>(
  query: HistoryQuery<Key, Entry>,
): Promise<HistoryPage<Entry>> => {
  const { cursor, limit, key, keyOf, older } = query;
  const after = cursor === undefined ? undefined : readCursor(query, key, cursor);
  const found = await older(after, limit + 1);
  const entries = found.slice(0, limit);
  const last = entries.at(-1);
  return { entries, nextCursor: found.length > limit && last ? writeCursor(query, keyOf(last)) : null };
};
