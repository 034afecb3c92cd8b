import { systemClock, type Random } from '@shop/clock';
import type { Call, Reply } from '@shop/all-in-one/testing/client';
import { isDefinite } from '../history/commands.js';

type Options = NonNullable<Parameters<Call>[2]>;
type Method = Parameters<Call>[0];

/** How long a client waits for an answer before it asks again, in milliseconds. */
const patienceMs = 5_000;
const longestPauseMs = 250;
/** So many tries without an answer are the last ones: some customers go away, and never learn what became of their order. */
const givingUpShare = 0.02;

const isRefusedConnection = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ECONNREFUSED';
const knockEveryMs = 20;

/** Waits until somebody listens: where no connection came about nothing was asked. */
export const patientAtTheDoor =
  (call: Call, ended: AbortSignal): Call =>
  async (...request) => {
    for (;;) {
      try {
        return await call(...request);
      } catch (error) {
        if (ended.aborted || !isRefusedConnection(error)) throw error;
      }
      await systemClock.sleep(knockEveryMs, ended);
    }
  };

/** Gives up on answers that take too long; whether the request has an effect then, its client does not know. */
export const impatient =
  (call: Call): Call =>
  async (method, path, options) => {
    const answered = new AbortController();
    const tooLate = systemClock.sleep(patienceMs, answered.signal).then((): Reply => {
      throw new Error('no answer in time');
    });
    const reply = call(method, path, options);
    try {
      return await Promise.race([reply, tooLate]);
    } finally {
      tooLate.catch(() => undefined);
      reply.catch(() => undefined);
      answered.abort();
    }
  };

export type PersistentClient = {
  /** Asks again, the same, until an answer is the last word; undefined where the customer gave up, or `ended` came first. */
  readonly insist: (method: Method, path: string, options?: Options) => Promise<Reply | undefined>;
  /** Asks once; undefined where no answer came. */
  readonly ask: (method: Method, path: string, options?: Options) => Promise<Reply | undefined>;
};

export const persistentClient = (call: Call, random: Random, ended: AbortSignal): PersistentClient => {
  const ask: PersistentClient['ask'] = (method, path, options) => call(method, path, options).catch(() => undefined);
  return {
    ask,
    insist: async (method, path, options) => {
      while (!ended.aborted) {
        const reply = await ask(method, path, options);
        if (reply && isDefinite({ status: reply.status, answer: reply.body })) return reply;
        if (random() < givingUpShare) return undefined;
        await systemClock.sleep(random() * longestPauseMs, ended);
      }
      return undefined;
    },
  };
};
