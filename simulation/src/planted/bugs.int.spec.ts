import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { plantedBugs } from './bugs.js';
import { edited, editsByFile } from './editing.js';

const root = resolve(import.meta.dirname, '../../..');

describe('every planted bug', () => {
  it.each(plantedBugs.map(({ name }) => name))('can be planted in the code as it is built: %s', (name) => {
    for (const [file, edits] of editsByFile(name)) expect(edited(readFileSync(resolve(root, file), 'utf8'), edits)).not.toBe('');
  });
});
