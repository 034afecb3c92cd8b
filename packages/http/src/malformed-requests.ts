import { IncomingMessage, ServerResponse, type Server } from 'node:http';
import { Socket } from 'node:net';
import type { Answers } from './answer.js';
import type { Exchange } from './exchange.js';
import type { InFlight } from './in-flight.js';
import { invalidInput } from './input-errors.js';
import { Problem } from './problem.js';

export type MalformedHost = {
  readonly answers: Pick<Answers, 'fail'>;
  readonly inFlight: Pick<InFlight, 'all'>;
  readonly open: (request: IncomingMessage, response: ServerResponse, route: string) => Exchange;
};

/** Who is too slow or too wordy gets no more than the status: there is no request to answer. */
const bare: ReadonlyMap<string, string> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
]);

const codeOf = (error: object): string => ('code' in error && typeof error.code === 'string' ? error.code : '');
const problemOf = (code: string): Problem =>
  invalidInput(
    code === 'HPE_INVALID_URL'
      ? { in: 'path', path: [], code: 'invalid_format', rule: 'encoding' }
      : { in: 'header', path: [], code: 'invalid_format' },
  );

/**
 * Answers bytes that the parser cannot take for a request with a problem like every other. Where a request before them is still
 * being worked on the connection is cut instead: an answer would be taken for that request's, and say that it had no effect.
 */
export const answerMalformed = (server: Server, { answers, inFlight, open }: MalformedHost): void => {
  server.on('clientError', (error, socket) => {
    if (!(socket instanceof Socket) || !socket.writable) {
      socket.destroy();
      return;
    }
    const code = codeOf(error);
    const before = inFlight.all().filter(({ request }) => request.socket === socket);
    const status = bare.get(code);
    if (before.some(({ request }) => request.complete) || (status === undefined && !code.startsWith('HPE_'))) socket.destroy();
    else if (status !== undefined) {
      socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
      socket.destroySoon();
    } else {
      const exchange = before[0] ?? opened(socket);
      exchange.response.once('finish', () => {
        socket.destroySoon();
      });
      answers.fail(exchange, problemOf(code), ['Connection', 'close']);
    }
  });

  /** An answer needs a request: an empty one stands for what was not understood. */
  const opened = (socket: Socket): Exchange => {
    const request = new IncomingMessage(socket);
    const response = new ServerResponse(request);
    response.assignSocket(socket);
    return open(request, response, 'malformed');
  };

  // Only 100-continue means anything, and node:http sees to that.
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    server.emit('request', request, response);
  });
};

/** HTTP/1.1 asks for a host; said here, as the parser's own refusal has no body. */
export const lacksHost = ({ headers, httpVersion }: Pick<IncomingMessage, 'headers' | 'httpVersion'>): boolean =>
  headers.host === undefined && httpVersion === '1.1';
export const hostMissing = (): Problem => invalidInput({ in: 'header', path: ['host'], code: 'required' });
