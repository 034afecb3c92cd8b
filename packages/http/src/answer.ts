import { hash } from 'node:crypto';
import { pipeline, type Readable } from 'node:stream';
import type { Logger } from 'pino';
import type { InFlight } from './in-flight.js';
import { corsHeaders } from './cors.js';
import type { Exchange } from './exchange.js';
import { problemDocument, retryAfterOf } from './problem-document.js';
import { Problem, problemStatus } from './problem.js';
import { localeOf } from './request-headers.js';
import type { RequestReport } from './request-report.js';
import type { HttpSettings } from './settings.js';

/** Names and values by turns, as `writeHead` takes them fastest. */
export type HeaderList = string[];

export type Answers = {
  /** Writes status, headers and body in one go, unless the request has been answered. */
  readonly send: (exchange: Exchange, status: number, headers: HeaderList, body?: string | Buffer) => void;
  /** Answers problem details; anything thrown that is no Problem is a fault, and only the log learns more than that. */
  readonly fail: (exchange: Exchange, thrown: unknown, headers?: HeaderList) => void;
  /** Hands on what another server answers, as it comes. Where that breaks off, so does this answer: it must not look whole. */
  readonly relay: (exchange: Exchange, status: number, headers: HeaderList, body: Readable) => void;
  /** The client has gone: nothing is written, the request is over. */
  readonly abandon: (exchange: Exchange) => void;
};

export const jsonType = 'application/json; charset=utf-8';

/** An answer of JSON can do nothing in a browser, whatever is in it. */
const security = ['X-Content-Type-Options', 'nosniff', 'X-Frame-Options', 'DENY'] as const;
/** For what a browser shows as a page: they say where its links and its windows lead, and JSON has neither. */
export const pageSecurity = ['Referrer-Policy', 'no-referrer', 'Cross-Origin-Opener-Policy', 'same-origin'] as const;
const inert = "default-src 'none'; frame-ancestors 'none'";

/** Strong validator over the body as it is sent. */
export const bodyHash = (text: string): string => hash('sha256', text, 'base64url').slice(0, 22);

export type AnswerHost = {
  readonly settings: HttpSettings;
  readonly logger: Logger;
  readonly report: RequestReport;
  readonly inFlight: InFlight;
  readonly isStopping: () => boolean;
};

/** Text of ASCII can be sent as it lies in memory, one byte each; any other costs less encoded here than by the socket, headers and all. */
const encoded = (text: string): string | Buffer => (Buffer.byteLength(text) === text.length ? text : Buffer.from(text));

const problemOf = (thrown: unknown): Problem => (thrown instanceof Problem ? thrown : new Problem('INTERNAL_ERROR', {}, { cause: thrown }));

/** Rest of a body that is read to the end so that the client sees the answer; of anything longer the connection is closed. */
const mostDrained = 1_048_576;
const mustClose = ({ request }: Exchange, code: string): boolean =>
  code === 'PAYLOAD_TOO_LARGE' && !(Number(request.headers['content-length'] ?? Infinity) <= mostDrained);

export const answers = ({ settings, logger, report, inFlight, isStopping }: AnswerHost): Answers => {
  const end = (exchange: Exchange): void => {
    exchange.answered = true;
    inFlight.remove(exchange);
    exchange.onEnd?.();
  };

  const write = (exchange: Exchange, status: number, headers: HeaderList, body?: string | Buffer): void => {
    const { request, response, requestId } = exchange;
    headers.push('X-Request-Id', requestId, ...security);
    if (!headers.includes('Content-Security-Policy')) headers.push('Content-Security-Policy', inert);
    if (settings.corsOrigins.length > 0) headers.push(...corsHeaders(request.headers.origin, settings.corsOrigins));
    if (isStopping()) headers.push('Connection', 'close');
    const content = typeof body === 'string' ? encoded(body) : body;
    if (content !== undefined) headers.push('Content-Length', String(content.length));
    // A header that cannot be sent throws here, while a problem can still be answered in its place.
    if (!response.destroyed) response.writeHead(status, headers).end(content, 'latin1');
    end(exchange);
  };

  return {
    send: (exchange, status, headers, body) => {
      if (exchange.answered) return;
      write(exchange, status, headers, body);
      report(exchange, status);
    },
    fail: (exchange, thrown, extra = []) => {
      if (exchange.answered) return;
      const problem = problemOf(thrown);
      const { request, path: instance, requestId } = exchange;
      const locale = localeOf(request.headers, settings.defaultLocale);
      const status = problemStatus[problem.code];
      const headers = [
        'Content-Type',
        'application/problem+json; charset=utf-8',
        'Content-Language',
        locale,
        'Cache-Control',
        'no-store',
        ...extra,
      ];
      const retryAfter = retryAfterOf(problem.code);
      if (retryAfter !== undefined) headers.push('Retry-After', String(retryAfter));
      if (status === 401)
        headers.push(
          'WWW-Authenticate',
          request.headers.authorization === undefined ? 'Bearer realm="shop"' : 'Bearer realm="shop", error="invalid_token"',
        );
      if (mustClose(exchange, problem.code)) headers.push('Connection', 'close');
      write(exchange, status, headers, JSON.stringify(problemDocument(problem, { locale, instance, requestId })));
      report(exchange, status, problem);
    },
    relay: (exchange, status, headers, body) => {
      if (exchange.answered) {
        body.destroy();
        return;
      }
      if (isStopping()) headers.push('Connection', 'close');
      exchange.response.writeHead(status, headers);
      exchange.answered = true;
      pipeline(body, exchange.response, () => {
        end(exchange);
        report(exchange, status);
      });
    },
    abandon: (exchange) => {
      if (exchange.answered) return;
      end(exchange);
      logger.debug({ requestId: exchange.requestId, route: exchange.route }, 'client gone');
    },
  };
};
