import { describe, expect, it } from '@jest/globals';
import { SettingsError } from '@shop/http';
import { readSettings } from './settings.js';

describe('Settings', () => {
  it('have defaults, also where a variable is empty, and leave the variables of others alone', () => {
    expect(readSettings({ SWEEP_AFTER_MS: '', PORT: '3001', HOME: undefined })).toMatchObject({
      SWEEP_AFTER_MS: 30_000,
      CANCEL_WINDOW_HOURS: 168,
      QUEUE_LIMIT: 4_096,
    });
  });

  it('have the defaults of who composes them, where the environment says nothing', () => {
    const read = (value?: string) => readSettings({ SETTLE_EVERY_MS: value }, { SETTLE_EVERY_MS: '1000' }).SETTLE_EVERY_MS;
    expect([read(), read(''), read('30'), readSettings({}).SETTLE_EVERY_MS]).toEqual([1_000, 1_000, 30, 2_000]);
  });

  it('are whole numbers', () => {
    expect(readSettings({ SWEEP_AFTER_MS: '45000' }).SWEEP_AFTER_MS).toBe(45_000);
  });

  it('name every variable that does not fit', () => {
    const read = () => readSettings({ SWEEP_AFTER_MS: 'soon', QUEUE_LIMIT: '0', CANCEL_WINDOW_HOURS: '-1' });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(/SWEEP_AFTER_MS: .*\n.*CANCEL_WINDOW_HOURS: .*\n.*QUEUE_LIMIT: /);
  });
});
