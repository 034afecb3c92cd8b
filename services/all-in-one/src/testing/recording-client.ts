import type { HistoryLine } from '@shop/audit';
import { z } from 'zod';
import type { Call, Reply } from './client.js';

const named = z.object({ userId: z.string() });
const text = (header: string | string[] | undefined): string | undefined => (typeof header === 'string' ? header : undefined);

/**
 * A client that notes what it asked and was answered, as the audit reads it. `name` tells its requests from those of others. Each line goes to
 * `keep` after the answer; without one they stay in memory, for `history`.
 */
export const recordingClient = (
  call: Call,
  name: string,
  keep?: (line: string) => void,
): { readonly call: Call; readonly history: () => string } => {
  const lines: string[] = [];
  const write = keep ?? ((line: string) => void lines.push(line));
  let requests = 0;
  return {
    call: async (method, path, options = {}) => {
      requests += 1;
      const requestId = `${name}-${requests}-${Math.round(performance.now() * 1_000)}`;
      const headers = { ...options.headers, 'x-request-id': requestId };
      const begin = performance.now();
      const note = (reply: Reply | undefined) => {
        const line: Omit<HistoryLine, 'consistency'> = {
          begin,
          end: reply ? performance.now() : null,
          method,
          path,
          userId: named.safeParse(options.body).data?.userId ?? new URL(path, 'http://shop').searchParams.get('userId') ?? undefined,
          requestId,
          key: options.headers?.['idempotency-key'],
          body: options.body,
          token: options.headers?.['consistency-token'],
          status: reply?.status ?? null,
          answer: reply?.body,
          position: text(reply?.headers['consistency-token']) ?? text(reply?.headers['as-of-position']),
        };
        write(`${JSON.stringify({ ...line, consistency: options.headers?.['consistency'] })}\n`);
      };
      try {
        const reply = await call(method, path, { ...options, headers });
        note(reply);
        return reply;
      } catch (error) {
        note(undefined);
        throw error;
      }
    },
    history: () => lines.join(''),
  };
};
