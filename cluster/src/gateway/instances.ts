import { request, type Agent } from 'node:http';
import type { Clock } from '@shop/clock';
import type { Readiness } from '@shop/http';
import { z } from 'zod';

export const serviceNames = ['command-api', 'query-api', 'projector'] as const;
export type ServiceName = (typeof serviceNames)[number];

export type Instance = {
  /** `http://host:port` */
  readonly url: string;
};

export type Instances = {
  /** Those to try for a request, one after the other: by turns, who was ready at the last look first. */
  readonly inTurn: (service: ServiceName) => readonly Instance[];
  /** Asks everybody now. */
  readonly readiness: () => Promise<Readiness>;
  /** Looks again and again until aborted. */
  readonly watch: (signal: AbortSignal) => Promise<void>;
};

const readinessAnswer = z.object({
  status: z.enum(['ready', 'degraded', 'not_ready']),
  checks: z.record(z.string(), z.string()),
  parked: z.array(z.object({ projection: z.string(), stream: z.string(), revision: z.int(), reason: z.string() })),
});

const answerWithinMs = 3_000;
const lookEveryMs = 500;
const down: Readiness = { status: 'not_ready', checks: {}, parked: [] };
const rank = { ready: 0, degraded: 1, not_ready: 2 } as const;
const better = (one: Readiness, other: Readiness): Readiness => (rank[one.status] <= rank[other.status] ? one : other);

const ask = (agent: Agent, { url }: Instance, path: string): Promise<Readiness> =>
  new Promise((resolve) => {
    const none = () => resolve(down);
    const asking = request(`${url}${path}`, { agent, timeout: answerWithinMs }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (part: string) => (text += part))
        .on('error', none)
        .on('end', () => {
          try {
            resolve(readinessAnswer.parse(JSON.parse(text)));
          } catch {
            none();
          }
        });
    });
    asking.on('timeout', () => asking.destroy()).on('error', none);
    asking.end();
  });

/** Who stands behind the gateway, and how they are. */
export const instances = (urls: Readonly<Record<ServiceName, readonly string[]>>, agent: Agent, clock: Clock): Instances => {
  const all = serviceNames.map((service) => ({
    service,
    turn: 0,
    instances: urls[service].map((url) => ({ url, last: down })),
  }));
  const groupOf = (service: ServiceName) => all.find((group) => group.service === service);

  const look = () =>
    Promise.all(
      all.flatMap((group) =>
        group.instances.map(async (instance) => {
          instance.last = await ask(agent, instance, '/readyz');
        }),
      ),
    );

  return {
    inTurn: (service) => {
      const group = groupOf(service);
      if (!group || group.instances.length === 0) return [];
      group.turn = (group.turn + 1) % group.instances.length;
      const byTurns = [...group.instances.slice(group.turn), ...group.instances.slice(0, group.turn)];
      const isReady = ({ last }: { readonly last: Readiness }) => last.status !== 'not_ready';
      return [...byTurns.filter(isReady), ...byTurns.filter((one) => !isReady(one))];
    },
    readiness: async () => {
      await look();
      const best = all.map(({ service, instances: group }) => ({ service, found: group.map(({ last }) => last).reduce(better, down) }));
      const states = best.map(({ service, found }) => [service, found.status === 'not_ready' ? 'down' : 'up'] as const);
      const status = best.map(({ found }) => found.status).sort((one, other) => rank[other] - rank[one])[0] ?? 'not_ready';
      // Who reads a model and who builds it tell of the same streams.
      const parked = new Map(best.flatMap(({ found }) => found.parked.map((one) => [`${one.projection} ${one.stream}`, one] as const)));
      return { status, checks: Object.fromEntries(states), parked: [...parked.values()] };
    },
    watch: async (signal) => {
      while (!signal.aborted) {
        await look();
        await clock.sleep(lookEveryMs, signal);
      }
    },
  };
};
