import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { createLogger, inBulk } from './logger.js';
import { logLines } from './testing/fake-shop.js';

it('logs no secret, however deep, and leaves the object it was given alone', () => {
  const lines = logLines();
  const logger = createLogger('info', lines.destination);
  const headers = { authorization: 'canary-1', Cookie: 'canary-2', 'idempotency-key': 'canary-3', accept: 'shown' };
  logger.info({ request: { headers }, idempotencyKey: 'canary-4', jwtSecret: 'canary-5', password: 'canary-6', status: 200 }, 'answered');
  expect(lines.text()).not.toContain('canary');
  expect(JSON.parse(lines.text())).toMatchObject({ status: 200, msg: 'answered', request: { headers: { accept: 'shown' } } });
  expect(headers.authorization).toBe('canary-1');
});

it('logs a fault with its stack but without the credentials of an address', () => {
  const lines = logLines();
  createLogger('info', lines.destination).error({ err: new Error('cannot reach esdb://admin:canary@db:2113') }, 'fault');
  expect(lines.text()).toContain('logger.unit.spec');
  expect(lines.text()).toContain('esdb://[redacted]@db:2113');
  expect(lines.text()).not.toContain('canary');
});

it('keeps one line one line', () => {
  const lines = logLines();
  createLogger('info', lines.destination).info({ requestId: 'a\r\n{"level":60}' }, 'x');
  expect(lines.text().trimEnd().split('\n')).toHaveLength(1);
});

const lineOf = (length: number) => `${'x'.repeat(length - 1)}\n`;
/** What comes out of it, and how it is flushed, in order. */
const recorded = () => {
  const calls: string[] = [];
  const destination = inBulk({
    write: (lines: string) => {
      calls.push(lines);
    },
    flush: () => {
      calls.push('flush');
    },
    flushSync: () => {
      calls.push('flushSync');
    },
  });
  return { calls, destination };
};

it('writes many lines at once', () => {
  const { calls, destination } = recorded();
  for (let line = 0; line < 132; line += 1) destination.write(lineOf(1_000));
  expect(calls).toEqual([lineOf(1_000).repeat(66), 'flush', lineOf(1_000).repeat(66), 'flush']);
});

it('writes what it holds before it is flushed, once', () => {
  const { calls, destination } = recorded();
  destination.write('one\n');
  destination.write('two\n');
  destination.flush();
  destination.write('three\n');
  destination.flushSync();
  destination.flushSync();
  expect(calls).toEqual(['one\ntwo\n', 'flush', 'three\n', 'flushSync', 'flushSync']);
});

describe('a process', () => {
  const program = (more: string) => `
    const { createLogger } = await import(${JSON.stringify(new URL('../dist/logger.js', import.meta.url).href)});
    const logger = createLogger('info');
    logger.info('first');
    ${more}`;
  const run = (more: string) =>
    spawn(process.execPath, ['--input-type=module', '--eval', program(more)], { stdio: ['ignore', 'pipe', 'ignore'] });

  it.each([
    ['ends by itself', ''],
    ['is ended', 'process.exit(0)'],
    ['fails', 'logger.fatal("last"); process.abort()'],
  ])('loses no line where it %s', async (_, end) => {
    const printed = await text(run(end).stdout);
    expect(printed.split('\n')[0]).toContain('"msg":"first"');
  });

  it('shows its lines soon where there are few', async () => {
    const child = run('setInterval(() => {}, 1_000)');
    const printed = await new Promise<string>((resolve) => {
      child.stdout.setEncoding('utf8').once('data', resolve);
    });
    child.kill('SIGKILL');
    expect(printed).toContain('"msg":"first"');
  });
});
