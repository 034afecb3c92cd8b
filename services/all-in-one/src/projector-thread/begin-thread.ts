import { Worker } from 'node:worker_threads';

/**
 * Begins the thread: it loads its code, and does nothing before `projectorThread` tells it what. Until then it keeps no process alive. The
 * sooner, the better: every other part of the shop can be loaded and opened meanwhile.
 */
export const beginThread = (): Worker => {
  const worker = new Worker(new URL('thread-program.js', import.meta.url));
  worker.unref();
  return worker;
};
