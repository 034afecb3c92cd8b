import type { InputError } from './input-errors.js';
import type { InputErrorCode, InputRule } from './contract/index.js';
import type { Locale } from './request-headers.js';

const userIdLetters = '1–128 of A–Z a–z 0–9 . _ ~ : @ | + = -';

const en: Record<InputRule, string> = {
  whole_number: 'It must be a whole number.',
  text: 'It must be a text.',
  list: 'It must be a list.',
  object: 'It must be an object.',
  boolean: 'It must be true or false.',
  user_id: `It must be ${userIdLetters}`,
  product_id: 'It must be 1–64 of A–Z a–z 0–9 . _ ~ -',
  made_id: 'It must be an id as the shop answered it.',
  not_dots: 'It must not be . or ..',
  not_reserved: 'It must not be top, . or ..',
  time: 'It must be an RFC 3339 time like 2026-01-05T03:04:05Z; + must be sent as %2B in a URL.',
  not_future: 'It must not be in the future.',
  entity_tag: 'It must be an ETag of an answer, a revision in quotes such as "3", or *.',
  cursor: 'It must be a nextCursor just as an answer gave it.',
  plain_text: 'It must have no control characters and no broken Unicode.',
  whole_text: 'It must have no NUL and no broken Unicode.',
  encoding: 'It must be percent-encoded UTF-8.',
  once: 'It must be sent only once.',
  not_zero: 'It must not be 0.',
  some_change: 'Send name, price or both.',
  delta_or_set_to: 'Send delta or setTo.',
  not_both: 'Send delta or setTo, not both.',
  one_user: 'It must be the user that userId names.',
  not_judged: 'This request takes no If-Match.',
};

const ko: Record<InputRule, string> = {
  whole_number: '정수여야 합니다.',
  text: '문자열이어야 합니다.',
  list: '목록(배열)이어야 합니다.',
  object: '객체여야 합니다.',
  boolean: 'true 또는 false여야 합니다.',
  user_id: `다음 글자만 쓸 수 있습니다: ${userIdLetters}`,
  product_id: '다음 글자만 쓸 수 있습니다: 1–64 of A–Z a–z 0–9 . _ ~ -',
  made_id: '응답에서 받은 ID여야 합니다.',
  not_dots: '. 또는 ..일 수 없습니다.',
  not_reserved: 'top, . 또는 ..일 수 없습니다.',
  time: '2026-01-05T03:04:05Z와 같은 RFC 3339 시각이어야 합니다. URL에서 +는 %2B로 보내야 합니다.',
  not_future: '미래의 시각일 수 없습니다.',
  entity_tag: '응답의 ETag, "3"처럼 따옴표로 묶은 revision, 또는 *여야 합니다.',
  cursor: '응답에서 받은 nextCursor 그대로여야 합니다.',
  plain_text: '제어 문자나 깨진 유니코드가 없어야 합니다.',
  whole_text: 'NUL이나 깨진 유니코드가 없어야 합니다.',
  encoding: 'UTF-8을 퍼센트 인코딩한 것이어야 합니다.',
  once: '한 번만 보내야 합니다.',
  not_zero: '0일 수 없습니다.',
  some_change: 'name이나 price를 보내세요.',
  delta_or_set_to: 'delta나 setTo를 보내세요.',
  not_both: 'delta와 setTo 가운데 하나만 보내세요.',
  one_user: 'userId와 같은 사용자여야 합니다.',
  not_judged: '이 요청은 If-Match를 받지 않습니다.',
};
const rules = { ko, en } as const;

const sentences: Record<Locale, Record<InputErrorCode, string>> = {
  ko: {
    required: '필요한 값이 없습니다.',
    invalid_type: '값의 형(type)이 다릅니다.',
    too_small: '값이 너무 작거나 짧습니다.',
    too_big: '값이 너무 크거나 깁니다.',
    invalid_format: '값의 형식이 다릅니다.',
    unknown_key: '알 수 없는 이름입니다.',
    not_allowed: '여기에서 쓸 수 없는 값입니다.',
  },
  en: {
    required: 'A value is missing.',
    invalid_type: 'The value has another type.',
    too_small: 'The value is too small or too short.',
    too_big: 'The value is too big or too long.',
    invalid_format: 'The value has another format.',
    unknown_key: 'The name is unknown.',
    not_allowed: 'The value is not allowed here.',
  },
};

const units = {
  ko: { characters: '자', entries: '개', none: '' },
  en: { characters: ' characters', entries: ' entries', none: '' },
} as const;

const limitOf = ({ code, bound, unit }: InputError, locale: Locale): string | undefined => {
  if (bound === undefined) return undefined;
  const amount = `${bound}${units[locale][unit ?? 'none']}`;
  if (locale === 'ko') return `${amount} ${code === 'too_big' ? '이하여야' : '이상이어야'} 합니다.`;
  return `It must be ${code === 'too_big' ? 'at most' : 'at least'} ${amount}.`;
};

const valuesOf = ({ values }: InputError, locale: Locale): string | undefined =>
  values && `${locale === 'ko' ? '쓸 수 있는 값' : 'Allowed'}: ${values.join(', ')}`;

/** What a handler finds out about a parameter, by the one meaning that its name has. */
const ruleOf = ({ rule, code, path }: InputError): InputRule | undefined => {
  if (rule !== undefined) return rule;
  if (code === 'invalid_format' && path[0] === 'cursor') return 'cursor';
  return code === 'too_big' && path[0] === 'asOf' ? 'not_future' : undefined;
};

/** `message` of one entry of `errors[]`: what is wrong, and the rule that it breaks. */
export const inputErrorMessage = (error: InputError, locale: Locale): string => {
  const rule = ruleOf(error);
  const parts = [sentences[locale][error.code], rule && rules[locale][rule], limitOf(error, locale), valuesOf(error, locale)];
  return parts.filter((part) => part !== undefined).join(' ');
};
