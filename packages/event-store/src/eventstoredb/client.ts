import type { Clock } from '@shop/clock';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { EventStoreUnavailableError } from '../event-store.js';
import { ClientReplacedError, failureKind, isNotLeader, NoAnswerError } from './call-failure.js';
import type { Lease } from './lease.js';
import { slots } from './slots.js';

export type Logger = {
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
};

/** A client object while it is in use; streams that end after it was replaced may be cut short. */
export type Session = {
  readonly client: EventStoreDBClient;
  replaced: boolean;
  calls: number;
  /** It has a connection for sure. */
  connected: boolean;
  settled: Promise<void> | undefined;
};

export type ClientCalls = {
  /** The present client object, once it has got over its last failure. */
  readonly session: () => Promise<Session>;
  /**
   * One call with an answer, on the present client: at most 64 at once, given up after `ms`. `signal` tells the work to break off.
   * @throws whatever the client throws, NoAnswerError, EventStoreUnavailableError when closed
   */
  readonly call: <Answer>(ms: number, work: (session: Session, signal: AbortSignal) => Promise<Answer>) => Promise<Answer>;
  /** A call or a subscription of this client failed. */
  readonly failed: (session: Session, error: unknown) => void;
  readonly close: () => Promise<void>;
};

/** A connection has 100 of the server's; the rest is for subscriptions. More would wait silently in the client. */
const mostCalls = 64;
const finished = 'finished'; // without a reason each abort makes an exception, which costs more than the rest
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Closes what the client keeps open for good: one that is given up has no way to say so. */
const closeChannel = async (client: EventStoreDBClient): Promise<void> => {
  const getChannel: unknown = Reflect.get(client, 'getChannel');
  if (typeof getChannel !== 'function') return;
  const channel: unknown = await Reflect.apply(getChannel, client, []);
  if (typeof channel !== 'object' || channel === null || !('close' in channel) || typeof channel.close !== 'function') return;
  Reflect.apply(channel.close, channel, []);
};

/** The calls of a process, on one client object after the other: one that left a call unanswered never looks for another node. */
export const clientCalls = ({
  connect,
  lease,
  clock,
  logger,
}: {
  readonly connect: () => EventStoreDBClient;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly logger: Logger;
}): ClientCalls => {
  const inFlight = slots(mostCalls);
  const open = (): Session => ({ client: connect(), replaced: false, calls: 0, connected: false, settled: undefined });
  let current = open();
  let closed = false;

  const finish = (session: Session): void => {
    if (session.replaced && session.calls === 0 && session.connected) void closeChannel(session.client).catch(() => undefined);
  };
  const giveUp = (session: Session): void => {
    if (session.replaced) return;
    session.replaced = true;
    void session.client.dispose().catch(() => undefined);
    finish(session);
  };

  const failed = (session: Session, error: unknown): void => {
    const kind = failureKind(error);
    if (kind === 'answer') return;
    lease.failed(session.client);
    if (kind === 'failure') session.connected = false;
    if (isNotLeader(error) && !lease.isOn()) {
      logger.warn({ err: error }, 'EventStoreDB is a cluster: exact reads need a lease from now on');
      lease.turnOn();
    }
    // The client changes its connection in the same turn: a call sent before that is over might still go over the old one.
    session.settled = nextTurn();
    if (kind !== 'silence' || session !== current || closed) return;
    logger.warn({ err: error }, 'EventStoreDB left a call without an answer: going on with a new client');
    current = open();
    giveUp(session);
  };

  const session = async (): Promise<Session> => {
    for (let waited = current.settled; waited; waited = current.settled) {
      await waited;
      if (current.settled === waited) current.settled = undefined;
    }
    if (closed) throw new EventStoreUnavailableError('the event store is closed');
    return current;
  };

  const inTime = async <Answer>(ms: number, work: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> => {
    const over = new AbortController();
    const done = new AbortController();
    const silence = new Promise<never>((_, reject) => {
      void clock.sleep(ms, done.signal).then(() => {
        if (done.signal.aborted) return;
        reject(new NoAnswerError(`no answer in ${ms} ms`));
        over.abort();
      });
    });
    try {
      return await Promise.race([work(over.signal), silence]);
    } finally {
      done.abort(finished);
    }
  };

  return {
    session,
    failed,
    call: async (ms, work) => {
      await inFlight.take();
      try {
        const using = await session();
        using.calls += 1;
        try {
          const answer = await inTime(ms, (signal) => work(using, signal));
          using.connected = true;
          return answer;
        } catch (error) {
          failed(using, error);
          throw error;
        } finally {
          using.calls -= 1;
          finish(using);
        }
      } finally {
        inFlight.give();
      }
    },
    close: async () => {
      closed = true;
      giveUp(current);
    },
  };
};

export const cutShort = (session: Session): ClientReplacedError | undefined =>
  session.replaced ? new ClientReplacedError('its client was given up while it ran') : undefined;
