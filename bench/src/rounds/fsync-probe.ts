import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { quantile } from '../statistics.js';

/** Milliseconds. */
export type ProbeReading = { readonly median: number; readonly p95: number };

const times = 400;
const bytes = Buffer.alloc(16 * 1_024, 7);

/** What a durable write of 16 KiB costs in a folder right now: the disk's mood decides more than the code. */
export const probeFsync = (folder: string): ProbeReading => {
  const file = join(folder, 'fsync-probe');
  const descriptor = openSync(file, 'w');
  const durations: number[] = [];
  try {
    for (let time = 0; time < times; time += 1) {
      const began = performance.now();
      writeSync(descriptor, bytes);
      fdatasyncSync(descriptor);
      durations.push(performance.now() - began);
    }
  } finally {
    closeSync(descriptor);
    rmSync(file);
  }
  return { median: quantile(durations, 0.5), p95: quantile(durations, 0.95) };
};

const mostApart = 2;

/** Why rounds cannot be compared with each other; undefined where the disk was steady. */
export const unsteadyDisk = (probes: readonly ProbeReading[]): string | undefined => {
  const medians = probes.map(({ median }) => median);
  const [least, most] = [Math.min(...medians), Math.max(...medians)];
  return most > mostApart * least
    ? `the disk was not steady: a durable write took ${least.toFixed(2)} ms before one round and ${most.toFixed(2)} ms before another`
    : undefined;
};
