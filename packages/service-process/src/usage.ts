import type { z } from 'zod';
import { secretVariables } from './secret-files.js';

type Program = { readonly name: string; readonly about: string; readonly variables: z.ZodObject };

const shown = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value));

const defaultOf = (variable: z.core.$ZodType): string => {
  const unset = variable['~standard'].validate(undefined);
  if (unset instanceof Promise || unset.issues) return 'required';
  return unset.value === undefined || shown(unset.value) === '' ? '' : shown(unset.value);
};

const descriptionOf = (variable: object): string =>
  'description' in variable && typeof variable.description === 'string' ? variable.description : '';

/** What `--help` prints: every variable with its default and meaning. */
export const usage = ({ name, about, variables }: Program): string => {
  const shape: Readonly<Record<string, z.core.$ZodType>> = variables.shape;
  const rows = Object.entries(shape).map(([variable, schema]) => ({
    variable,
    standard: defaultOf(schema),
    meaning: descriptionOf(schema),
  }));
  const [first, second] = [
    Math.max(...rows.map(({ variable }) => variable.length)),
    Math.max(...rows.map(({ standard }) => standard.length)),
  ];
  return [
    `${name}: ${about}`,
    '',
    `  node services/${name}/dist/main.js                  start; SIGTERM stops it in good order`,
    `  node services/${name}/dist/main.js --print-config   print the settings as JSON, without secrets, and end`,
    `  node services/${name}/dist/main.js --help           print this list`,
    '',
    'It is configured by the environment alone. An empty variable counts as not set.',
    `${secretVariables.filter((secret) => secret in shape).join(', ')} may come from a file each: put its name into the variable with _FILE behind it.`,
    '',
    ...rows.map(({ variable, standard, meaning }) => `  ${variable.padEnd(first)}  ${standard.padEnd(second)}  ${meaning}`.trimEnd()),
    '',
  ].join('\n');
};
