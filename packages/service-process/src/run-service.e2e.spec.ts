import { describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { runProgram } from './testing/program-run.js';

const program = fileURLToPath(new URL('../dist/testing/faulty-program.js', import.meta.url));

describe('a service in which something fails that nobody caught', () => {
  it('says so, finishes what it holds, closes, and ends with 1', async () => {
    const run = runProgram(program);
    expect(await run.exited).toBe(1);
    expect(run.stdout()).toContain('nobody caught me');
    expect(run.stdout()).toContain('mind the gap');
    expect(run.stderr()).toBe('drained\nclosed\n');
  });

  it.each([[['--prot', '1']], [['--help', 'me']]])('does not start with %j, but says what it takes', async (words) => {
    const run = runProgram(program, {}, words);
    expect(await run.exited).toBe(1);
    expect(run.stderr()).toContain(`unknown option: ${words.join(' ')}`);
    expect(run.stderr()).toContain('--print-config');
  });
});
