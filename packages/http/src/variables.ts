import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that do not fit; each line of the message names its variable. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

export const refuseSettings = (...lines: readonly string[]): never => {
  throw new SettingsError(`settings that do not fit:\n${lines.map((line) => `  ${line}`).join('\n')}`);
};

/** A whole number as people write it: digits alone. */
export const wholeNumber = (least: number, most: number = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^\d{1,15}$/, { error: 'must be a whole number', abort: true })
    .transform(Number)
    .pipe(z.int().min(least).max(most));

/**
 * Variables of an environment by a schema. An empty variable counts as not set; those that the schema does not name belong to others.
 * @throws SettingsError naming every variable that is wrong
 */
export const readVariables = <Schema extends z.ZodType>(schema: Schema, environment: Environment): z.output<Schema> => {
  const parsed = schema.safeParse(
    Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== '')),
  );
  return parsed.success ? parsed.data : refuseSettings(...parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
};
