import { join } from 'node:path';
import type { OrderFeedEvent } from '@shop/events';
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

const longestUtf8 = 3; // bytes for one UTF-16 code unit

/**
 * Lines of events as bytes, good until the next call: there is one room for all of them. As one string, some hundred lines are so large that
 * the engine asks the system for memory each time.
 */
const lineWriter = () => {
  let room = Buffer.allocUnsafe(chunk);
  return (events: readonly OrderFeedEvent[]): Buffer => {
    let used = 0;
    for (const event of events) {
      const line = `${JSON.stringify(event)}\n`;
      const most = used + line.length * longestUtf8;
      if (most > room.length) {
        const wider = Buffer.allocUnsafe(2 * most);
        room.copy(wider, 0, 0, used);
        room = wider;
      }
      used += room.write(line, used);
    }
    return room.subarray(0, used);
  };
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
  const linesOf = lineWriter();
  return {
    publish: async (events) => {
      if (events.length === 0) return;
      await cutOff();
      const lines = linesOf(events);
      clean = false;
      await file.append(lines);
      await file.sync();
      acknowledged += lines.length;
      clean = true;
    },
    close: file.close,
  };
};

export const openNdjsonOrderFeed = async (folder: string): Promise<OrderFeed> =>
  ndjsonOrderFeed(await openAppendFile(join(folder, 'order-feed.ndjson')));
