import { describe, expect, it } from '@jest/globals';
import { readCommandLine, usage } from './command-line.js';

describe('the command line of the simulation', () => {
  it('plays 20,000 seeds on every core unless told otherwise', () => {
    expect(readCommandLine([], {})).toMatchObject({ seeds: 20_000, from: 1, seconds: Infinity, planted: false, replay: undefined });
    expect(readCommandLine(['--seeds', '50', '--from', '7', '--seconds', '9', '--workers', '1'], {})).toMatchObject({
      seeds: 50,
      from: 7,
      seconds: 9,
      workers: 1,
    });
    expect(readCommandLine(['--planted', '--only', 'feed'], {})).toMatchObject({ planted: true, only: 'feed' });
  });

  it('replays the one seed that the environment names', () => {
    expect(readCommandLine([], { SIM_SEED: '42' }).replay).toBe(42);
  });

  it.each(['--help', '-h'])('says what can be asked for: %s', (word) => {
    expect(readCommandLine([word], {}).help).toBe(true);
    for (const option of ['--seeds', '--from', '--seconds', '--workers', '--planted', '--only', 'SIM_SEED='])
      expect(usage).toContain(option);
  });

  it.each([[['--seeds', 'many']], [['--seeds', '0']], [['--workers', '']], [['--fast']]])('refuses %j', (words) => {
    expect(() => readCommandLine(words, {})).toThrow('Usage: npm run sim');
  });
});
