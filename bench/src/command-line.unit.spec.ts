import { describe, expect, it } from '@jest/globals';
import { readCommandLine } from './command-line.js';

const said: string[] = [];
const read = (...words: string[]) => readCommandLine(words, ['M7', 'START'], (text) => said.push(text));

describe('what a run is asked for', () => {
  it('is everything, in five rounds, unless something is said', () => {
    expect(read()).toMatchObject({ names: [], rounds: 5, seconds: 5, warmUp: 1, connections: 64, quick: false, record: false });
  });

  it('takes names in any case, and numbers', () => {
    expect(read('m7', 'start', '--rounds', '3', '--seconds', '2.5', '--warm-up', '0', '--seed', '7')).toMatchObject({
      names: ['M7', 'START'],
      rounds: 3,
      seconds: 2.5,
      warmUp: 0,
      seed: 7,
    });
  });

  it('is shorter with --quick, and what is said besides still counts', () => {
    expect(read('--quick', '--seconds', '3')).toMatchObject({ quick: true, rounds: 2, seconds: 3 });
  });

  it('refuses what it does not know, and names what there is', () => {
    for (const words of [['M99'], ['--rounds', '0'], ['--rounds', '1.5'], ['--seconds', 'long'], ['--fast']])
      expect(() => read(...words)).toThrow();
    said.length = 0;
    expect(() => read('M99')).toThrow();
    expect(said.join('')).toContain('M7, START');
  });
});
