import { join } from 'node:path';
import { openAppendFile, type AppendFile } from './append-file.js';
import type { OrderFeed } from './order-feed.js';

const newline = 0x0a;
const chunk = 64 * 1024;

/** Where the last whole line ends. */
const endOfLines = async (file: AppendFile): Promise<number> => {
  for (let end = await file.size(); end > 0;) {
    const start = Math.max(0, end - chunk);
    const last = (await file.read(start, end - start)).lastIndexOf(newline);
    if (last !== -1) return start + last + 1;
    end = start;
  }
  return 0;
};

/** The feed as lines of a file: each an event in structured mode. A last line that was torn by a crash is cut off first. */
export const ndjsonOrderFeed = async (file: AppendFile): Promise<OrderFeed> => {
  let acknowledged = await endOfLines(file);
  let clean = (await file.size()) === acknowledged;

  /** What a failed write left must go before anything follows it: half a line in the middle could never be read. */
  const cutOff = async () => {
    if (clean) return;
    await file.truncate(acknowledged);
    clean = true;
  };
  await cutOff();
  return {
    publish: async (events) => {
      if (events.length === 0) return;
      await cutOff();
      const text = events.map((event) => `${JSON.stringify(event)}\n`).join('');
      clean = false;
      await file.append(text);
      await file.sync();
      acknowledged += Buffer.byteLength(text);
      clean = true;
    },
    close: file.close,
  };
};

export const openNdjsonOrderFeed = async (folder: string): Promise<OrderFeed> =>
  ndjsonOrderFeed(await openAppendFile(join(folder, 'order-feed.ndjson')));
