import { expect, it } from '@jest/globals';
import { addressOf } from './rate-limit.js';

it('believes the proxies it is told of, and nobody before them', () => {
  const request = { headers: { 'x-forwarded-for': 'forged, 10.0.0.7, 10.0.0.8' }, socket: { remoteAddress: '10.0.0.9' } };
  expect(addressOf(request, 0)).toBe('10.0.0.9');
  expect(addressOf(request, 1)).toBe('10.0.0.8');
  expect(addressOf(request, 2)).toBe('10.0.0.7');
  expect(addressOf({ ...request, headers: {} }, 1)).toBe('10.0.0.9');
});
