import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/**
 * What tools on a data folder (rebuild, parked) ask of the process that owns it. `report` sends progress while it runs.
 * The answer and every report are JSON values.
 */
export type FolderOperation = (input: unknown, report: (progress: unknown) => void) => Promise<unknown>;
export type FolderOperations = Readonly<Record<string, FolderOperation>>;

const doorFile = (folder: string) => join(folder, 'shop-process.json');
const door = z.object({ port: z.int(), token: z.string(), pid: z.int(), url: z.string() });
type Door = z.infer<typeof door>;

const line = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), value: z.unknown() }),
  z.object({ kind: z.literal('done'), value: z.unknown() }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
]);

const sameToken = (given: string, token: string): boolean => {
  const one = Buffer.from(given);
  const other = Buffer.from(token);
  return one.length === other.length && timingSafeEqual(one, other);
};

/**
 * Opens a door on loopback for tools; its port and token stand in a file of the folder that only its owner can read.
 * @returns how to close it
 */
export const offerOperations = async (folder: string, url: string, operations: FolderOperations): Promise<() => Promise<void>> => {
  const token = randomBytes(32).toString('hex');
  const server = createServer((req, res) => {
    const operation = operations[decodeURIComponent((req.url ?? '/').slice(1))];
    if (!sameToken(req.headers.authorization ?? '', `Bearer ${token}`)) return void res.writeHead(401).end();
    if (req.method !== 'POST' || !operation) return void res.writeHead(404).end();
    const send = (value: z.input<typeof line>) => void res.write(`${JSON.stringify(value)}\n`);
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      Promise.resolve()
        .then(() => operation(JSON.parse(Buffer.concat(chunks).toString() || 'null'), (value) => send({ kind: 'progress', value })))
        .then(
          (value) => send({ kind: 'done', value: value ?? null }),
          (error: unknown) => send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
        )
        .finally(() => res.end());
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the door for tools has no port');
  const file = doorFile(folder);
  await rm(file, { force: true });
  await writeFile(file, JSON.stringify({ port: address.port, token, pid: process.pid, url } satisfies Door), { mode: 0o600 });
  return async () => {
    await rm(file, { force: true });
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
};

/** The running shop of a folder, if its file says so; a killed one leaves the file behind and answers nothing. */
const findDoor = async (folder: string): Promise<Door | undefined> => {
  const text = await readFile(doorFile(folder), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return door.parse(JSON.parse(text));
  } catch {
    return undefined; // torn by a kill: as good as absent
  }
};

/** URL that the process owning the folder serves, for messages. */
export const runningShopUrl = async (folder: string): Promise<string | undefined> => (await findDoor(folder))?.url;

export type Asked = { readonly running: false } | { readonly running: true; readonly value: unknown };

/**
 * Asks the process that owns the folder; `running: false` where there is none, so that the caller opens the folder itself.
 * @throws Error with the shop's own message where the operation failed
 */
export const askRunningShop = async (
  folder: string,
  operation: string,
  input: unknown,
  report: (progress: unknown) => void,
): Promise<Asked> => {
  const found = await findDoor(folder);
  if (!found) return { running: false };
  return new Promise<Asked>((resolve, reject) => {
    const asking = request(
      {
        host: '127.0.0.1',
        port: found.port,
        path: `/${encodeURIComponent(operation)}`,
        method: 'POST',
        headers: { authorization: `Bearer ${found.token}` },
      },
      (res) => {
        // Another program may have got the port of a killed shop.
        if (res.statusCode === 401 || res.statusCode === 404) {
          res.resume();
          resolve({ running: false });
          return;
        }
        createInterface({ input: res })
          .on('line', (text) => {
            const message = line.parse(JSON.parse(text));
            if (message.kind === 'progress') report(message.value);
            else if (message.kind === 'done') resolve({ running: true, value: message.value });
            else reject(new Error(message.message));
          })
          .on('close', () => reject(new Error('the running shop ended before it had answered')));
      },
    );
    asking.on('error', (error) => ('code' in error && error.code === 'ECONNREFUSED' ? resolve({ running: false }) : reject(error)));
    asking.end(JSON.stringify(input ?? null));
  });
};
