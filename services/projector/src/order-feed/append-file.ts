import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file that only grows, as its owner sees it. */
export type AppendFile = {
  readonly size: () => Promise<number>;
  readonly read: (from: number, length: number) => Promise<Buffer>;
  readonly append: (bytes: Buffer) => Promise<void>;
  /** Resolves when what was appended is on disk. */
  readonly sync: () => Promise<void>;
  readonly truncate: (size: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A new file is lost with its folder's entry, so the folder is synced too, where the system lets a folder be opened. */
const syncFolder = async (path: string): Promise<void> => {
  let folder: FileHandle;
  try {
    folder = await open(dirname(path), 'r');
  } catch {
    return;
  }
  await folder.sync().finally(() => folder.close());
};

/** Opens or creates a file that its owner alone may read and write. */
export const openAppendFile = async (path: string): Promise<AppendFile> => {
  const file = await open(path, constants.O_APPEND | constants.O_CREAT | constants.O_RDWR, 0o600);
  await syncFolder(path);
  return {
    size: async () => (await file.stat()).size,
    read: async (from, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from);
      return buffer.subarray(0, bytesRead);
    },
    append: (bytes) => file.appendFile(bytes),
    sync: () => file.datasync(),
    truncate: (size) => file.truncate(size),
    close: () => file.close(),
  };
};
