import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Resolves when a full stream takes more again, or is closed. Leaves no listener behind: whoever writes much waits often. */
export const roomIn = async (stream: Writable): Promise<void> => {
  const settled = new AbortController();
  try {
    await Promise.race(['drain', 'close'].map((event) => once(stream, event, settled)));
  } finally {
    settled.abort();
  }
};
