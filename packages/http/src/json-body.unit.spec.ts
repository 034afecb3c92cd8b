import { describe, expect, it } from '@jest/globals';
import { isPlainJson } from './json-body.js';

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

const isPlain = (text: string) => isPlainJson(text, JSON.parse(text));

describe('plain JSON', () => {
  it.each([
    '{}',
    '7',
    '"a"',
    '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}',
    '{"a":"a","b":"a"}',
    '{"a":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a\\\\":1,"a":2}',
    '{"a":"\\\\\\"","b":":"}',
    '{ "a" : ["a", "a"] , "A" : 1 }',
    '{"a":"12:30","b":[":",{"c":"::"}]}',
    '{":":1,"a":{":":2}}',
    nested(16, '[', ']'),
  ])('takes %s', (text) => {
    expect(isPlain(text)).toBe(true);
  });

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"a":3}',
    '{"x":[{"a":1,"b":{"c":1,"c":2}}]}',
    '{"a":1,"\\u0061":2}',
    '{"a" \n:1, "a"\t: 2}',
    '{"":1,"":2}',
    '{"a":"12:30","a":1}',
    '{"a":{"b":1,"c":2},"a":1}',
    '{"a":1,"b":{":":1,":":2}}',
    '{"__proto__":1,"__proto__":2}',
    '{"\\"":1,"\\"":2}',
    nested(17, '[', ']'),
    `${'{"a":'.repeat(17)}1${'}'.repeat(17)}`,
    `{"a":${nested(16, '[', ']')},"b":":"}`,
  ])('refuses %s', (text) => {
    expect(isPlain(text)).toBe(false);
  });

  it('is quick about ten thousand keys', () => {
    const text = JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, 1])));
    expect(isPlain(text)).toBe(true);
    expect(isPlain(`${text.slice(0, -1)},"k0":1}`)).toBe(false);
  });
});
