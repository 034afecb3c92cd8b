import { describe, expect, it } from '@jest/globals';
import { plantedBugs } from './bugs.js';
import { edited } from './editing.js';

describe('planted bugs', () => {
  it('are thirty-four, each with a name of its own', () => {
    expect(new Set(plantedBugs.map(({ name }) => name)).size).toBe(34);
  });

  it('are edits of what stands there exactly once', () => {
    const edit = { file: 'a.js', find: 'if (voided)', instead: 'if (false)' };
    expect(edited('x; if (voided) y;', [edit])).toBe('x; if (false) y;');
    expect(() => edited('x; y;', [edit])).toThrow('0 times');
    expect(() => edited('if (voided) if (voided)', [edit])).toThrow('2 times');
  });
});
