import { describe, expect, it } from '@jest/globals';
import { withResults } from './record.js';

describe('recording the results of a run', () => {
  it('puts them behind what people wrote', () => {
    expect(withResults('# Benchmarks\n\nWhy.\n', 'fast')).toBe('# Benchmarks\n\nWhy.\n\n## Last recorded run\n\nfast\n');
  });

  it('replaces the results of the run before', () => {
    const first = withResults('# Benchmarks\n\nWhy.\n', 'fast');
    expect(withResults(first, 'faster')).toBe(withResults('# Benchmarks\n\nWhy.\n', 'faster'));
  });
});
