import { toPosition } from '../position.js';

/** The log is not what was written to it. Never skipped: whoever meets it stops. */
export class DamagedLogError extends Error {
  override readonly name = 'DamagedLogError';
  /** @param sequence of the commit, where the damage has a place in the log */
  constructor(file: string, sequence: number | undefined, what: string, options?: ErrorOptions) {
    super(`${file} is damaged${sequence === undefined ? '' : ` at position ${toPosition(sequence)}`}: ${what}`, options);
  }
}

/** A damaged definition of a table fails as if the statement, which never changes, were wrong. */
const isSqliteDamage = (error: Error): boolean =>
  'code' in error && (/^SQLITE_(CORRUPT|NOTADB)/.test(String(error.code)) || /^no such (table|column)/.test(error.message));

/** The damage behind an error, found by our checks or by SQLite's, however deep it is wrapped. */
export const damageBehind = (error: unknown, file: string): DamagedLogError | undefined => {
  if (error instanceof DamagedLogError) return error;
  if (!(error instanceof Error)) return undefined;
  return isSqliteDamage(error) ? new DamagedLogError(file, undefined, error.message, { cause: error }) : damageBehind(error.cause, file);
};
