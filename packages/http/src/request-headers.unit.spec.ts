import { describe, expect, it } from '@jest/globals';
import { Problem } from './problem.js';
import {
  consistencyOf,
  idempotencyKeyOf,
  ifMatchOf,
  isKnownTo,
  localeOf,
  requestIdOf,
  traceparentOf,
  userHeaderOf,
} from './request-headers.js';

const codeOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    if (error instanceof Problem) return error.code;
  }
  return 'none';
};

describe('Idempotency-Key', () => {
  it.each([
    ['abc', 'abc'],
    ['"abc"', 'abc'],
    ['"a', '"a'],
    ['k'.repeat(255), 'k'.repeat(255)],
    ['"', '"'],
  ])('takes %s', (sent, key) => {
    expect(idempotencyKeyOf({ 'idempotency-key': sent })).toBe(key);
  });

  it.each(['', '""', 'a b', 'a, b', '키', 'k'.repeat(256), 'a\u007f'])('refuses %p', (sent) => {
    expect(codeOf(() => idempotencyKeyOf({ 'idempotency-key': sent }))).toBe('IDEMPOTENCY_KEY_INVALID');
  });
});

describe('Consistency', () => {
  const token = '00000000000000ff';
  it('is strong unless said otherwise, and waits for a token too', () => {
    expect(consistencyOf({})).toEqual({ level: 'strong' });
    expect(consistencyOf({ 'consistency-token': token })).toEqual({ level: 'strong', token });
    expect(consistencyOf({ consistency: 'session', 'consistency-token': token })).toEqual({ level: 'session', token });
    expect(consistencyOf({ consistency: 'eventual', 'consistency-token': token })).toEqual({ level: 'eventual' });
  });

  it.each([
    { consistency: 'session' },
    { 'consistency-token': 'FF' },
    { 'consistency-token': '00000000000000FF' },
    { consistency: 'eventual', 'consistency-token': '1' },
  ])('refuses the token of %j', (headers) => {
    expect(codeOf(() => consistencyOf(headers))).toBe('CONSISTENCY_TOKEN_INVALID');
  });

  it('refuses a level it does not know', () => {
    expect(codeOf(() => consistencyOf({ consistency: 'Strong' }))).toBe('VALIDATION_FAILED');
  });
});

describe('If-Match', () => {
  it.each([
    ['*', '*'],
    ['"4"', 4],
    ['"4.abc_-"', 4],
    ['"0"', 0],
  ])('takes %s', (sent, revision) => {
    expect(ifMatchOf({ 'if-match': sent }, true)).toBe(revision);
  });

  it.each(['4', '"x"', 'W/"4"', '"4", "5"', '"04"', '"-1"', '"4."', ''])('refuses %p', (sent) => {
    expect(codeOf(() => ifMatchOf({ 'if-match': sent }, true))).toBe('VALIDATION_FAILED');
  });

  it('is refused where nothing judges it', () => {
    expect(codeOf(() => ifMatchOf({ 'if-match': '"4"' }, false))).toBe('VALIDATION_FAILED');
    expect(ifMatchOf({}, false)).toBeUndefined();
  });
});

describe('If-None-Match', () => {
  it.each(['"2.abc"', 'W/"2.abc"', '"1.x", "2.abc"', '*'])('%s knows the answer', (sent) => {
    expect(isKnownTo({ 'if-none-match': sent }, '"2.abc"')).toBe(true);
  });
  it.each(['"2"', '"2.abd"', '2.abc'])('%s does not', (sent) => {
    expect(isKnownTo({ 'if-none-match': sent }, '"2.abc"')).toBe(false);
  });
});

describe('the rest', () => {
  it('keeps a request id of visible characters, makes one otherwise', () => {
    const made = () => 'made';
    expect(requestIdOf({ 'x-request-id': 'abc/1' }, made)).toBe('abc/1');
    for (const sent of ['', 'a b', 'a\r\nb', 'r'.repeat(129), 'é']) expect(requestIdOf({ 'x-request-id': sent }, made)).toBe('made');
  });

  it('continues a valid trace and drops any other', () => {
    const valid = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    expect(traceparentOf({ traceparent: valid })).toBe(valid);
    for (const sent of ['x', valid.toUpperCase(), `ff${valid.slice(2)}`, `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`, `${valid}-x`])
      expect(traceparentOf({ traceparent: sent })).toBeUndefined();
  });

  it('speaks the language that is liked best', () => {
    expect(localeOf({}, 'ko')).toBe('ko');
    expect(localeOf({ 'accept-language': 'en-GB,en;q=0.9' }, 'ko')).toBe('en');
    expect(localeOf({ 'accept-language': 'en;q=0.2, ko-KR;q=0.8' }, 'en')).toBe('ko');
    expect(localeOf({ 'accept-language': 'fr, de' }, 'en')).toBe('en');
    expect(localeOf({ 'accept-language': 'en;q=0' }, 'ko')).toBe('ko');
    expect(localeOf({ 'accept-language': 'korean' }, 'en')).toBe('en');
  });

  it('takes a user id by the same rule everywhere', () => {
    expect(userHeaderOf({ 'x-user-id': 'u1' })).toBe('u1');
    expect(codeOf(() => userHeaderOf({ 'x-user-id': 'a b' }))).toBe('VALIDATION_FAILED');
  });
});
