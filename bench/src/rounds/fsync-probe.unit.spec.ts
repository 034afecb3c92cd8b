import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { probeFsync, unsteadyDisk } from './fsync-probe.js';

const probes = (...medians: number[]) => medians.map((median) => ({ median, p95: 10 * median }));

describe('the probe of the disk', () => {
  it('leaves nothing behind and finds that a durable write takes time', () => {
    const folder = mkdtempSync(join(tmpdir(), 'probe-'));
    try {
      const { median, p95 } = probeFsync(folder);
      expect(median).toBeGreaterThan(0);
      expect(p95).toBeGreaterThanOrEqual(median);
      expect(existsSync(join(folder, 'fsync-probe'))).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('voids a run between whose rounds the disk became more than twice as slow', () => {
    expect(unsteadyDisk(probes(0.2, 0.3, 0.4))).toBeUndefined();
    expect(unsteadyDisk(probes(0.2, 0.41, 0.3))).toContain('0.20 ms before one round and 0.41 ms');
    expect(unsteadyDisk(probes(0.25))).toBeUndefined();
  });
});
