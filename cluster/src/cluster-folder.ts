import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

export type ClusterFolder = {
  readonly path: string;
  readonly logFile: (name: string) => string;
  readonly leave: () => Promise<void>;
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/**
 * Takes the folder for this process, until it leaves it or ends.
 * @throws Error where another one has it
 */
export const takeFolder = async (folder: string): Promise<ClusterFolder> => {
  const path = resolve(folder);
  const logs = join(path, 'logs');
  await mkdir(logs, { recursive: true, mode: 0o700 });
  const owner = join(path, 'cluster.pid');
  const pid = Number(await readFile(owner, 'utf8').catch(() => ''));
  if (pid > 0 && pid !== process.pid && isAlive(pid))
    throw new Error(`${path} is in use: the cluster of process ${pid} runs on it. Stop that one, or choose another folder with --data`);
  await writeFile(owner, String(process.pid), { mode: 0o600 });
  return { path, logFile: (name) => join(logs, `${name}.log`), leave: () => rm(owner, { force: true }) };
};
