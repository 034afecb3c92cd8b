import { inputErrorMessage } from './input-error-texts.js';
import type { InputError } from './input-errors.js';
import { pointer } from './input-errors.js';
import { problemStatus, type Problem, type ProblemCode } from './problem.js';
import { problemTexts, reasonTexts } from './problem-texts.js';
import type { Locale } from './request-headers.js';

export const slugOf = (code: ProblemCode): string => code.toLowerCase().replaceAll('_', '-');

const isCode = (code: string): code is ProblemCode => Object.hasOwn(problemStatus, code);

/** The code that a page of `/problems/` is about. */
export const codeOfSlug = (slug: string): ProblemCode | undefined => {
  const code = slug.toUpperCase().replaceAll('-', '_');
  return isCode(code) && slug === slugOf(code) ? code : undefined;
};

export const problemCodes: readonly ProblemCode[] = Object.keys(problemStatus).filter(isCode);

/** Whole seconds after which the same request may be repeated, for the codes where that helps. */
export const retryAfterOf = (code: ProblemCode): number | undefined => {
  if (code === 'AUTH_UNAVAILABLE' || code === 'READ_MODEL_DEGRADED') return 5;
  const status = problemStatus[code];
  return status === 503 || status === 429 || code === 'IDEMPOTENCY_KEY_IN_USE' ? 1 : undefined;
};

const mostErrors = 20;

const isInputErrors = (value: unknown): value is readonly InputError[] => Array.isArray(value);

const describe = (errors: readonly InputError[], locale: Locale) =>
  errors.slice(0, mostErrors).map((error) => ({
    in: error.in,
    path: pointer(error.path),
    code: error.code,
    message: inputErrorMessage(error, locale),
  }));

export type ProblemPlace = { readonly locale: Locale; readonly instance: string; readonly requestId: string };

/** Problem details (RFC 9457): the code's texts in the reader's language, then its extra fields. */
export const problemDocument = (
  { code, fields, reason }: Problem,
  { locale, instance, requestId }: ProblemPlace,
): Record<string, unknown> => {
  const { title, detail } = problemTexts[locale][code];
  const { errors, ...extra } = fields;
  return {
    type: `/problems/${slugOf(code)}`,
    title,
    status: problemStatus[code],
    code,
    detail: reason === undefined ? detail : reasonTexts[locale][reason],
    instance,
    requestId,
    ...extra,
    ...(isInputErrors(errors) ? { errors: describe(errors, locale) } : {}),
  };
};
