import autocannon from 'autocannon';
import { loadPlan, type LoadMessage, type LoadPlan, type PhaseResult } from './load-plan.js';
import { bodiesOfConnection, readBaskets } from './workload.js';

/** More than any server here answers on one connection in a second: bodies are made before the clock runs. */
const bodiesPerSecond = 250;
const timeoutSeconds = 20;
const lookEveryMs = 50;

const say = (message: LoadMessage): void => {
  process.send?.(message);
};

const requestsOf = (plan: LoadPlan, phase: string, seconds: number, connection: number): autocannon.Request[] =>
  bodiesOfConnection(plan.work, connection, {
    phase: `${phase}-${plan.seed}`,
    seed: plan.seed + (phase === 'warm-up' ? 1_000_000 : 0),
    connections: plan.connections,
    count: Math.ceil(seconds * bodiesPerSecond),
  }).map(({ key, body }) => ({
    method: 'POST',
    path: '/orders',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body,
  }));

/** Closed loop: each connection sends the next order when the last one was answered. */
const runPhase = (plan: LoadPlan, phase: string, seconds: number, started: () => void): Promise<PhaseResult> =>
  new Promise((resolve, reject) => {
    const statuses: Record<string, number> = {};
    let connection = 0;
    let beganAt = 0;
    let lastAnswerAt = 0;
    let cpu = process.cpuUsage();
    const once = plan.work.kind === 'baskets' ? { amount: readBaskets(plan.work.folder).length } : { duration: seconds };
    const instance = autocannon(
      {
        url: plan.url,
        connections: plan.connections,
        timeout: timeoutSeconds,
        sampleInt: lookEveryMs,
        setupClient: (client) => {
          client.setRequests(requestsOf(plan, phase, seconds, connection));
          connection += 1;
        },
        ...once,
      },
      (error: unknown, result) => {
        if (error !== null && error !== undefined) {
          reject(error instanceof Error ? error : new Error('the load could not be made'));
          return;
        }
        const { user, system } = process.cpuUsage(cpu);
        const wallMs = performance.now() - beganAt;
        resolve({
          seconds: (lastAnswerAt - beganAt) / 1_000,
          statuses,
          errors: result.errors,
          p50Ms: result.latency.p50,
          p99Ms: result.latency.p99,
          generatorShare: (user + system) / 1_000 / wallMs,
        });
      },
    );
    instance.on('start', () => {
      cpu = process.cpuUsage();
      beganAt = performance.now();
      started();
    });
    instance.on('response', (_, status) => {
      statuses[status] = (statuses[status] ?? 0) + 1;
      lastAnswerAt = performance.now();
    });
  });

const run = async (plan: LoadPlan): Promise<void> => {
  const warmUp = plan.warmUpSeconds > 0 ? await runPhase(plan, 'warm-up', plan.warmUpSeconds, () => undefined) : undefined;
  const result = await runPhase(plan, 'measured', plan.seconds, () => say({ kind: 'measuring' }));
  say({ kind: 'measured', ...(warmUp && { warmUp }), result });
};

process.once('message', (message) => {
  run(loadPlan.parse(message)).then(
    () => process.disconnect(),
    (error: unknown) => {
      say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
      process.disconnect();
    },
  );
});
