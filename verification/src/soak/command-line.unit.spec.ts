import { describe, expect, it } from '@jest/globals';
import { readCommandLine } from './command-line.js';

describe('npm run soak', () => {
  it('takes a minute, eight customers and a new seed unless it is told otherwise', () => {
    expect(readCommandLine([], () => 5)).toEqual({ minutes: 1, cluster: false, seed: 5, customers: 8, folder: undefined });
    expect(readCommandLine(['--minutes', '0.5', '--cluster', '--seed', '7', '--customers', '3', '--folder', 'x'], () => 5)).toEqual({
      minutes: 0.5,
      cluster: true,
      seed: 7,
      customers: 3,
      folder: 'x',
    });
  });

  it.each([['--minutes', 'soon'], ['--seed', '1.5'], ['--fast'], ['now']])('refuses %s', (...words) => {
    expect(() =>
      readCommandLine(
        words,
        () => 5,
        () => undefined,
      ),
    ).toThrow();
  });
});
