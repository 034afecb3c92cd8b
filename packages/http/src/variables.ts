import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that do not fit; each line names its variable. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly lines: readonly string[];
  constructor(lines: readonly string[]) {
    super(`settings that do not fit:\n${lines.map((line) => `  ${line}`).join('\n')}`);
    this.lines = lines;
  }
}

export const refuseSettings = (...lines: readonly string[]): never => {
  throw new SettingsError(lines);
};

/** What is wrong in any of several parts, told at once. @throws SettingsError */
export const judgeSettings = (...parts: readonly (() => unknown)[]): void => {
  const lines = new Set<string>();
  for (const read of parts)
    try {
      read();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      for (const line of error.lines) lines.add(line);
    }
  if (lines.size > 0) refuseSettings(...lines);
};

/** A whole number as people write it: digits alone. */
export const wholeNumber = (least: number, most: number = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^\d{1,15}$/, { error: 'must be a whole number', abort: true })
    .transform(Number)
    .pipe(z.int().min(least).max(most));

/**
 * Variables of an environment by a schema, or of `defaults` where it does not set them: an empty one counts as not set. Those that the schema does
 * not name belong to others.
 * @throws SettingsError naming every variable that is wrong
 */
export const readVariables = <Schema extends z.ZodType>(
  schema: Schema,
  environment: Environment,
  defaults: Environment = {},
): z.output<Schema> => {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse({ ...defaults, ...set });
  return parsed.success ? parsed.data : refuseSettings(...parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
};
