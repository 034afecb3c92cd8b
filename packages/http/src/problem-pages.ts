import { problemStatus, type ProblemCode } from './problem.js';
import { problemTexts } from './problem-texts.js';
import type { Locale } from './request-headers.js';

const headings = {
  ko: { meaning: '무슨 뜻인가요', advice: '어떻게 하나요' },
  en: { meaning: 'What it means', advice: 'What to do' },
} as const;

const section = (code: ProblemCode, locale: Locale): string => {
  const { title, detail, advice } = problemTexts[locale][code];
  const { meaning, advice: whatToDo } = headings[locale];
  return `<section lang="${locale}"><h1>${title}</h1><h2>${meaning}</h2><p>${detail}</p><h2>${whatToDo}</h2><p>${advice}</p></section>`;
};

/** The page behind a problem's `type`: both languages, the reader's first. The texts are constants, so nothing needs escaping. */
export const problemPage = (code: ProblemCode, locale: Locale): string =>
  `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
  `<title>${problemTexts[locale][code].title} · ${code}</title></head><body>` +
  `${section(code, locale)}<p><code>${problemStatus[code]} ${code}</code></p><hr>${section(code, locale === 'ko' ? 'en' : 'ko')}</body></html>`;
