import { expect, it } from '@jest/globals';
import { createLogger } from './logger.js';
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
