import { describe, expect, it } from '@jest/globals';
import { CommandLineEnd } from '@shop/all-in-one/command-line';
import { clusterCommand } from './command-line.js';

const endOf = (...words: readonly string[]): CommandLineEnd => {
  try {
    clusterCommand(words);
  } catch (error) {
    if (error instanceof CommandLineEnd) return error;
    throw error;
  }
  throw new Error('it was taken');
};

describe('npm run cluster', () => {
  it('serves on port 3000 with the sample catalogue, unless told otherwise', () => {
    expect(clusterCommand([])).toEqual({ port: 3_000, data: 'data/cluster', seed: true });
    expect(clusterCommand(['--port', '0', '--data', 'there', '--no-seed'])).toEqual({ port: 0, data: 'there', seed: false });
  });

  it('says in its help what it needs and what it is for', () => {
    const { exitCode, text } = endOf('--help');
    expect(exitCode).toBe(0);
    expect(text).toContain('Java 17');
    expect(text).toContain('Maven');
    expect(text).toMatch(/development and tests only/i);
    for (const option of ['--port', '--data', '--no-seed']) expect(text).toContain(option);
  });

  it.each([[['--fresh']], [['--port', 'http']], [['here']]])('refuses %j, with the list of what it takes', (words) => {
    const { exitCode, text } = endOf(...words);
    expect(exitCode).toBe(1);
    expect(text).toContain('--no-seed');
  });
});
