import { describe, expect, it } from '@jest/globals';
import { searchForm } from './search-form.js';

describe('the form in which names are searched', () => {
  it.each([
    ['머그컵', '머그'.normalize('NFD')],
    ['Caf\u00e9 Mug', 'CAFE\u0301'],
    ['ΟΔΟΣΕΩΣ', 'ΟΔΟΣ'],
    ['οδός', 'ΔΌΣ'],
    ['GROẞE', 'große'],
    ['İstanbul', 'İST'],
    ['100% 😀', '% 😀'],
  ])('of %s holds that of %s, a part of it in another case or composition', (name, part) => {
    expect(searchForm(name)).toContain(searchForm(part));
  });

  it('keeps letters apart that differ by more than their case', () => {
    expect(searchForm('café')).not.toContain(searchForm('cafe'));
  });
});
