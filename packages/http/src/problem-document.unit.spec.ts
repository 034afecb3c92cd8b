import { describe, expect, it } from '@jest/globals';
import { codeOfSlug, problemCodes, problemDocument, retryAfterOf, slugOf } from './problem-document.js';
import { problemPage } from './problem-pages.js';
import { Problem, problemStatus } from './problem.js';
import { problemTexts } from './problem-texts.js';

const place = { instance: '/orders', requestId: 'r1' };

describe.each([...problemCodes])('%s', (code) => {
  it('has a document in Korean and in English', () => {
    for (const locale of ['ko', 'en'] as const) {
      const document = problemDocument(new Problem(code, { limit: 7 }), { ...place, locale });
      const { title, detail } = problemTexts[locale][code];
      expect(document).toEqual({ type: `/problems/${slugOf(code)}`, title, status: problemStatus[code], code, detail, ...place, limit: 7 });
    }
    expect(problemTexts.ko[code].title).toMatch(/[가-힣]|JSON/);
    expect(problemTexts.en[code].title).not.toMatch(/[가-힣]/);
    expect(problemTexts.ko[code].detail).toMatch(/[가-힣]/);
  });

  it('has a page that says what it means and what to do, in both languages', () => {
    const page = problemPage(code, 'en');
    for (const locale of ['ko', 'en'] as const) for (const text of Object.values(problemTexts[locale][code])) expect(page).toContain(text);
    expect(codeOfSlug(slugOf(code))).toBe(code);
  });

  it('says when to come back exactly where that helps', () => {
    const helps = [429, 503].includes(problemStatus[code]) || code === 'IDEMPOTENCY_KEY_IN_USE';
    expect(Number.isInteger(retryAfterOf(code))).toBe(helps);
  });
});

it('shows at most 20 findings, each with a message in the language asked for', () => {
  const errors = Array.from({ length: 25 }, (_, index) => ({
    in: 'body' as const,
    path: ['items', index],
    code: 'too_big' as const,
    bound: 9,
  }));
  const { errors: shown } = problemDocument(new Problem('VALIDATION_FAILED', { errors }), { ...place, locale: 'en' });
  expect(shown).toHaveLength(20);
  expect(shown).toContainEqual({
    in: 'body',
    path: '/items/0',
    code: 'too_big',
    message: 'The value is too big or too long. It must be at most 9.',
  });
});

it('knows no page of a code that does not exist', () => {
  for (const slug of ['', 'toString', '__proto__', 'INTERNAL_ERROR', 'internal_error', 'nope']) expect(codeOfSlug(slug)).toBeUndefined();
});
