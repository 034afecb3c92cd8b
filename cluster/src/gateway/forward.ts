import { request, type Agent, type ClientRequest } from 'node:http';
import type { Clock } from '@shop/clock';
import { Problem, type Answers, type Exchange } from '@shop/http';
import { passedOn } from './hop-by-hop.js';
import type { Instance, Instances, ServiceName } from './instances.js';

/** Milliseconds. A service answers by its own limit of 10 s, so silence for longer is no answer that comes late. */
const connectWithinMs = 1_000;
const answerWithinMs = 12_000;

const isRead = ({ method }: Exchange['request']) => method === 'GET' || method === 'HEAD';
const hasBody = ({ method }: Exchange['request']) => method === 'POST' || method === 'PUT' || method === 'PATCH';

/** Who answers what: `/ops` is the projector's, else reads and writes have a service each. */
export const serviceOf = ({ path, request: asked }: Pick<Exchange, 'path' | 'request'>): ServiceName => {
  if (path === '/ops' || path.startsWith('/ops/')) return 'projector';
  return isRead(asked) ? 'query-api' : 'command-api';
};

const forwardedFor = ({ headers, socket }: Exchange['request']): string =>
  [headers['x-forwarded-for'], socket.remoteAddress].filter((part) => part !== undefined).join(', ');

/** What no service reads is not sent either: without a length it could be taken for a request of its own. */
const unread = ['content-length', 'content-type', 'content-encoding'];

const headersOf = (exchange: Exchange, host: string): string[] => [
  ...passedOn(exchange.request.rawHeaders, ['x-request-id', 'x-forwarded-for', ...(hasBody(exchange.request) ? [] : unread)]),
  'X-Request-Id',
  exchange.requestId,
  'X-Forwarded-For',
  forwardedFor(exchange.request),
  ...(exchange.request.headers.host === undefined ? ['Host', host] : []),
];

/**
 * What became of one try. `untouched`: nobody was connected to, so nothing was sent. `unanswered`: it was sent, and the connection ended
 * without an answer.
 */
type Outcome = 'answered' | 'untouched' | 'unanswered';

/**
 * Sends requests on to the services, as they come, and their answers back. Only what surely had no effect is tried with the next instance:
 * where nothing was sent, and reads.
 */
export const forwarding = ({
  instances,
  agent,
  clock,
}: {
  readonly instances: Instances;
  readonly agent: Agent;
  readonly clock: Clock;
}) => {
  const send = (exchange: Exchange, outgoing: ClientRequest): void => {
    const { request: incoming } = exchange;
    const waits = () => {
      exchange.deadline = clock.monotonic() + answerWithinMs;
    };
    if (!hasBody(incoming) || incoming.complete) waits();
    else incoming.once('end', waits);
    if (hasBody(incoming)) incoming.pipe(outgoing);
    else outgoing.end();
  };

  const attempt = (exchange: Exchange, { url }: Instance, answers: Answers): Promise<Outcome> =>
    new Promise((resolve) => {
      const { request: incoming } = exchange;
      let isConnected = false;
      const outgoing = request(`${url}${incoming.url ?? '/'}`, {
        agent,
        method: incoming.method,
        headers: headersOf(exchange, new URL(url).host),
        setHost: false,
      });
      const connecting = new AbortController();
      exchange.onEnd = () => outgoing.destroy();
      outgoing.once('socket', (socket) => {
        const connected = () => {
          isConnected = true;
          connecting.abort();
          send(exchange, outgoing);
        };
        if (socket.connecting) socket.once('connect', connected);
        else connected();
      });
      void clock.sleep(connectWithinMs, connecting.signal).then(() => {
        if (!isConnected) outgoing.destroy();
      });
      outgoing.once('response', (response) => {
        const headers = passedOn(response.rawHeaders);
        // An answer to half a request ends the conversation: the rest of it is not a request.
        if (!incoming.complete) headers.push('Connection', 'close');
        exchange.onEnd = undefined;
        answers.relay(exchange, response.statusCode ?? 502, headers, response);
        resolve('answered');
      });
      outgoing.once('error', () => {
        incoming.unpipe(outgoing);
        connecting.abort();
        resolve(isConnected ? 'unanswered' : 'untouched');
      });
      outgoing.once('close', () => resolve(isConnected ? 'unanswered' : 'untouched'));
    });

  /** Of a request that has not come in whole the rest is not read: it would be taken for the next one. */
  const refuse = (exchange: Exchange, answers: Answers, code: 'OUTCOME_UNKNOWN' | 'OVERLOADED'): void =>
    answers.fail(exchange, new Problem(code), exchange.request.complete ? [] : ['Connection', 'close']);

  const forward = async (exchange: Exchange, answers: Answers): Promise<void> => {
    exchange.response.once('close', () => {
      if (exchange.response.writableFinished) return;
      exchange.onEnd?.();
      answers.abandon(exchange);
    });
    for (const instance of instances.inTurn(serviceOf(exchange))) {
      const outcome = await attempt(exchange, instance, answers);
      if (outcome === 'answered' || exchange.answered) return;
      if (outcome === 'unanswered' && !isRead(exchange.request)) return refuse(exchange, answers, 'OUTCOME_UNKNOWN');
    }
    refuse(exchange, answers, 'OVERLOADED');
  };
  return (exchange: Exchange, answers: Answers): void => void forward(exchange, answers);
};
