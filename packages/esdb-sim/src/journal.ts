import { closeSync, fdatasync, ftruncateSync, mkdirSync, openSync, readFileSync, write } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { LogRecord } from './log.js';

const sync = promisify(fdatasync);
const writeBuffer = promisify(write);

const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'));
const text = z.string();
const line = z.array(
  z.object({
    ...{ id: text, type: text, contentType: text, stream: text, created: text, data: bytes, metadata: bytes },
    ...{ revision: z.int(), position: z.int(), tombstone: z.literal(true).exactOptional() },
  }),
);

const toLine = (records: readonly LogRecord[]): string => {
  const lines = records.map((record) => ({
    ...record,
    data: Buffer.from(record.data).toString('base64'),
    metadata: Buffer.from(record.metadata).toString('base64'),
  }));
  return `${JSON.stringify(lines)}\n`;
};
const fromLine = (json: string): readonly LogRecord[] => line.parse(JSON.parse(json));

/** One file in a folder, a line per append. The lines that wait are synced to disk together. A line torn by a crash is cut off at the start. */
export const openJournal = (folder: string) => {
  mkdirSync(folder, { recursive: true });
  const file = openSync(join(folder, 'esdb-sim.log'), 'a+');
  const stored = readFileSync(file);
  const whole = stored.lastIndexOf(0x0a) + 1;
  if (whole < stored.length) ftruncateSync(file, whole);
  let waiting: string[] = [];
  let writing: Promise<void> | undefined;

  const flush = async (): Promise<void> => {
    await Promise.resolve(); // appends that came in the same turn share the sync
    const lines = waiting;
    waiting = [];
    writing = undefined;
    for (let rest = Buffer.from(lines.join('')); rest.length > 0;) {
      const { bytesWritten } = await writeBuffer(file, rest);
      rest = rest.subarray(bytesWritten);
    }
    await sync(file);
  };
  let last: Promise<void> = Promise.resolve();

  return {
    records: () => stored.subarray(0, whole).toString().split('\n').filter(Boolean).flatMap(fromLine),
    /** Resolves when these and all records before them are on disk. */
    add: (records: readonly LogRecord[]): Promise<void> => {
      waiting.push(toLine(records));
      writing ??= last = last.then(flush);
      return writing;
    },
    close: async () => {
      await last;
      closeSync(file);
    },
  };
};
