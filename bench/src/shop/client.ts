import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const atOnce = 32;

/** Calls `work` for every item, some at a time. */
export const forEach = async <Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> => {
  let next = 0;
  const worker = async () => {
    for (let item = items[next]; item !== undefined; item = items[next]) {
      next += 1;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
};

const mostTries = 5;
const pauseMs = 1_000;

/** Again under its key where the answer is "not now". @throws Error for anything but a success in the end */
export const post = async (url: string, path: string, body: unknown): Promise<void> => {
  const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  for (let tries = 1; ; tries += 1) {
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (response.ok) return;
    if (response.status !== 503 || tries === mostTries) throw new Error(`POST ${path} was answered ${response.status}: ${text}`);
    await sleep(pauseMs);
  }
};

/** The body of a strong read and the position that it answers as of. @throws Error for anything but a success */
export const get = async <Schema extends z.ZodType>(
  url: string,
  path: string,
  schema: Schema,
): Promise<{ readonly body: z.output<Schema>; readonly asOf: string }> => {
  const response = await fetch(`${url}${path}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`GET ${path} was answered ${response.status}: ${text}`);
  return { body: schema.parse(JSON.parse(text)), asOf: response.headers.get('as-of-position') ?? '' };
};

export const getText = async (url: string, path: string): Promise<string> => {
  const response = await fetch(`${url}${path}`);
  if (!response.ok) throw new Error(`GET ${path} was answered ${response.status}`);
  return response.text();
};
