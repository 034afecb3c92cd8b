import { isUtf8 } from 'node:buffer';
import type { Stored } from '../read-store.js';

/** Something in the file is not as it was written. */
export class DamagedFileError extends Error {
  override readonly name = 'DamagedFileError';
}

/** What a cell holds that was selected as bytes: as text, the driver aborts the whole process over what is no UTF-8. */
export type Cell = Buffer | null;

/** A document of a collection; `size` is that of its text. */
export type StoredRow = { readonly stored: Stored<object>; readonly size: number };

/**
 * All rows of a selection in one cell of bytes, as a cell of its own for each text costs half as much again: a line that says id, guard and
 * size of each, then the documents, a line each. The rows come in the order of the selection where that has a limit.
 */
export const rowsSql = (selection: string): string =>
  `SELECT CAST('[' || group_concat(json_quote(id) || ',' || json_quote(guard) || ',' || octet_length(body)) || ']' || char(10)
    || group_concat(body, char(10)) AS BLOB) FROM (${selection})`;

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DamagedFileError('a text is no JSON', { cause: error });
  }
};
const listIn = (text: string): readonly unknown[] => {
  const list = parse(text);
  if (!Array.isArray(list)) throw new DamagedFileError('a list is missing');
  return list;
};
const checked = (bytes: Buffer): Buffer => {
  if (!isUtf8(bytes)) throw new DamagedFileError('a text is no UTF-8');
  return bytes;
};
const documentIn = (text: string): object => {
  const document = parse(text);
  if (typeof document !== 'object' || document === null) throw new DamagedFileError('a row holds no document');
  return document;
};

/** @param kept what stands for a row of the file, which need not be parsed then @throws DamagedFileError */
export const rowsIn = (cell: Cell, kept: (id: string) => Stored<object> | undefined): readonly StoredRow[] => {
  if (cell === null) return [];
  const bytes = checked(cell);
  const end = bytes.indexOf('\n');
  const heads = listIn(bytes.toString('utf8', 0, Math.max(end, 0)));
  const rows: StoredRow[] = [];
  let from = end + 1;
  for (let at = 0; at < heads.length; at += 3) {
    const [id, guard, size] = [heads[at], heads[at + 1], heads[at + 2]];
    if (typeof id !== 'string' || typeof guard !== 'string' || typeof size !== 'number') throw new DamagedFileError('a row is cut short');
    rows.push({ size, stored: kept(id) ?? { id, guard, document: documentIn(bytes.toString('utf8', from, from + size)) } });
    from += size + 1;
  }
  return rows;
};

/** The texts in a cell that holds a JSON list of them. @throws DamagedFileError */
export const textsIn = (cell: Cell): readonly string[] =>
  cell === null
    ? []
    : listIn(checked(cell).toString()).map((value) => {
        if (typeof value !== 'string') throw new DamagedFileError('a value is no text');
        return value;
      });
