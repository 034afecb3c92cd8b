import { setTimeout as sleep } from 'node:timers/promises';
import { clientOf, type Call, type Reply } from '@shop/all-in-one/testing/client';
import { recordingClient } from '@shop/all-in-one/testing/recording-client';
import { z } from 'zod';

export type ShopCaller = {
  /** One request, one answer; rejects where the connection breaks. */
  readonly once: Call;
  /**
   * As a well-behaved client: what may be repeated is, until there is a last word. A POST needs a key then.
   * @throws Error where there is none in a minute
   */
  readonly call: Call;
};

export type ShopCallers = {
  readonly at: (url: string) => ShopCaller;
  /** How often something was asked again, by the answer that was no last word. */
  readonly repeats: () => Readonly<Record<string, number>>;
  readonly close: () => void;
};

const patienceMs = 60_000;
const problem = z.object({ code: z.string() });
const noLastWord = (reply: Reply | undefined): string | undefined => {
  if (!reply) return 'no answer';
  const code = problem.safeParse(reply.body).data?.code ?? '';
  return reply.status === 503 || reply.status === 429 || code === 'IDEMPOTENCY_KEY_IN_USE' ? `${reply.status} ${code}` : undefined;
};

/** Clients of several addresses; `keep` gets what they asked and were answered, as lines that the audit reads. */
export const shopCallers = (keep: (line: string) => void): ShopCallers => {
  const callers = new Map<string, ShopCaller>();
  const closings: (() => void)[] = [];
  const repeats: Record<string, number> = {};

  const patiently =
    (once: Call): Call =>
    async (...request) => {
      for (const giveUp = performance.now() + patienceMs; ;) {
        const reply = await once(...request).catch(() => undefined);
        const reason = noLastWord(reply);
        if (reply && reason === undefined) return reply;
        if (performance.now() > giveUp) throw new Error(`${request[0]} ${request[1]}: still ${reason ?? ''} after ${patienceMs} ms`);
        repeats[reason ?? ''] = (repeats[reason ?? ''] ?? 0) + 1;
        await sleep(20 + Math.random() * 200);
      }
    };
  return {
    at: (url) => {
      const known = callers.get(url);
      if (known) return known;
      const client = clientOf(url, 256);
      closings.push(client.close);
      const { call: once } = recordingClient(client.call, `caller-${callers.size}`, keep);
      const caller = { once, call: patiently(once) };
      callers.set(url, caller);
      return caller;
    },
    repeats: () => ({ ...repeats }),
    close: () => closings.forEach((close) => close()),
  };
};
