import { describe, expect, it } from '@jest/globals';
import { readSettings } from './settings.js';

describe('the settings of the query side', () => {
  it('have defaults', () =>
    expect(readSettings({})).toEqual({ READ_WAIT_MS: 2_000, READ_WAITERS_MAX: 10_000, READ_WAITERS_PER_USER_MAX: 1_000 }));
  it('come from the environment', () => expect(readSettings({ READ_WAIT_MS: '500' })).toMatchObject({ READ_WAIT_MS: 500 }));
  it('are refused by name', () => expect(() => readSettings({ READ_WAIT_MS: 'soon' })).toThrow('READ_WAIT_MS'));
});
