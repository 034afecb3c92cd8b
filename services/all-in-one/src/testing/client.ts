import { Agent, request } from 'node:http';

export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
};
export type Call = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  options?: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
) => Promise<Reply>;

export type Client = { readonly call: Call; readonly close: () => void };

/** A client of a shop over kept-alive connections; rejects when the connection breaks, as for a killed shop. */
export const clientOf = (url: string, connections = 64): Client => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const call: Call = (method, path, options = {}) =>
    new Promise((resolve, reject) => {
      const { body, headers = {} } = options;
      const text = body === undefined ? undefined : JSON.stringify(body);
      const sent = request(
        `${url}${path}`,
        {
          method,
          agent,
          headers: {
            ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response
            .on('data', (chunk: Buffer) => chunks.push(chunk))
            .on('error', reject)
            .on('end', () => {
              const answer = Buffer.concat(chunks).toString();
              const isJson = (response.headers['content-type'] ?? '').includes('json');
              resolve({
                status: response.statusCode ?? 0,
                headers: response.headers,
                body: isJson && answer !== '' ? JSON.parse(answer) : answer,
              });
            });
        },
      );
      sent.on('error', (error) => {
        // The shop was just closing a connection that had idled, and has not read what came on it.
        if (sent.reusedSocket && 'code' in error && error.code === 'ECONNRESET') resolve(call(method, path, options));
        else reject(error);
      });
      sent.end(text);
    });
  return { call, close: () => agent.destroy() };
};
