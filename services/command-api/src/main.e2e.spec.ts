import { afterEach, describe, expect, it } from '@jest/globals';
import { startEsdbSim, type EsdbSim, type EsdbSimOptions } from '@shop/esdb-sim';
import { freePort, readinessAt, runProgram, until, type ProgramRun } from '@shop/service-process/testing/program-run';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
/** Nothing listens there. */
const nowhere = 'mongodb://127.0.0.1:9/?directConnection=true';

describe('command-api as a process', () => {
  const running: ProgramRun[] = [];
  const sims: EsdbSim[] = [];
  afterEach(async () => {
    for (const run of running.splice(0)) {
      run.signal('SIGKILL');
      await run.exited;
    }
    await Promise.all(sims.splice(0).map((sim) => sim.stop()));
  });
  const openSim = async (options: EsdbSimOptions = {}) => {
    const sim = await startEsdbSim(options);
    sims.push(sim);
    return sim;
  };
  const start = async (eventStoreUrl: string) => {
    const port = await freePort();
    const run = runProgram(program, { EVENTSTOREDB_URL: eventStoreUrl, MONGODB_URL: nowhere, AUTH_MODE: 'off', PORT: String(port) });
    running.push(run);
    const url = `http://127.0.0.1:${port}`;
    await until(
      () => readinessAt(url),
      (answer) => answer !== undefined,
    );
    return { run, url };
  };
  const ready = (url: string) =>
    until(
      () => readinessAt(url),
      (answer) => answer?.status === 200,
    );
  const charge = (url: string) =>
    fetch(`${url}/balance/charge`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ userId: 'kim', amount: 1_000 }),
    });

  it('listens while its engines are down, is not ready, and becomes ready when the event store comes', async () => {
    const port = await freePort();
    const { run, url } = await start(`esdb://127.0.0.1:${port}?tls=false`);
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
    const before = await until(
      () => readinessAt(url),
      (answer) => answer?.status === 503,
    );
    expect(before?.body).toMatchObject({ status: 'not_ready', checks: { eventStore: 'down' } });
    expect((await charge(url)).status).toBe(503);

    await openSim({ port });
    await ready(url);
    expect((await charge(url)).status).toBe(200);
    run.signal('SIGTERM');
    expect(await run.exited).toBe(0);
    expect(run.stdout()).toContain('"msg":"listening"');
  });

  it('says which right its user lacks, and is not ready', async () => {
    const sim = await openSim({ faults: ({ method }) => (method === 'read-all' ? { fault: 'access-denied' } : undefined) });
    const { run, url } = await start(sim.url);
    const denied = await until(
      () => readinessAt(url),
      (answer) => JSON.stringify(answer?.body).includes('missing right'),
    );
    expect(denied?.status).toBe(503);
    await until(
      async () => run.stdout(),
      (text) => text.includes('missing-right'),
    );
    expect(run.stdout()).toMatch(/may not read \$all/);

    sim.setFaults(undefined);
    await ready(url);
  });

  it('answers what is under way when it is asked to stop, takes nothing new, and ends with 0', async () => {
    const sim = await openSim();
    const { run, url } = await start(sim.url);
    await ready(url);
    let goOn = (): void => undefined;
    const released = new Promise<void>((resolve) => (goOn = resolve));
    let arrived = (): void => undefined;
    const isWriting = new Promise<void>((resolve) => (arrived = resolve));
    sim.setFaults(({ method, stream }) => {
      if (method !== 'append' || stream !== 'wallet-kim') return undefined;
      arrived();
      return { fault: 'slow', until: released };
    });
    const answer = charge(url);
    await isWriting;
    run.signal('SIGTERM');
    await until(
      () => readinessAt(url),
      (standing) => standing?.status !== 200,
    );
    goOn();

    const reply = await answer;
    expect([reply.status, await reply.json()]).toMatchObject([200, { balance: 1_000 }]);
    expect(await run.exited).toBe(0);
  });

  it('does not start with settings that do not fit, and names them all on stderr', async () => {
    const run = runProgram(program, { PORT: '1e9', AUTH_MODE: 'none' });
    expect(await run.exited).toBe(1);
    for (const name of ['EVENTSTOREDB_URL', 'MONGODB_URL', 'PORT', 'AUTH_MODE']) expect(run.stderr()).toContain(`  ${name}: `);
    expect(run.stdout()).toBe('');
  });

  it('says that its port is taken', async () => {
    const sim = await openSim();
    const { url } = await start(sim.url);
    const port = new URL(url).port;
    const second = runProgram(program, { EVENTSTOREDB_URL: sim.url, MONGODB_URL: nowhere, AUTH_MODE: 'off', PORT: port });
    expect(await second.exited).toBe(1);
    expect(second.stderr()).toMatch(new RegExp(`EADDRINUSE.*${port}`));
  });

  it('prints its settings without a secret, and every setting in its help', async () => {
    const secrets = {
      EVENTSTOREDB_URL: 'esdb://shop:canary-1@one:2113',
      MONGODB_URL: 'mongodb://shop:canary-2@one/?replicaSet=rs0',
      JWT_HS256_SECRET: 'canary-3'.repeat(4),
      JWT_ISSUER: 'me',
      JWT_AUDIENCE: 'shop',
    };
    const printed = runProgram(program, secrets, ['--print-config']);
    expect(await printed.exited).toBe(0);
    expect(printed.stdout()).not.toContain('canary');
    const config = z.record(z.string(), z.unknown()).parse(JSON.parse(printed.stdout()));
    expect(config).toMatchObject({
      PORT: 3_001,
      AUTH_MODE: 'jwt',
      JWT_ISSUER: 'me',
      MONGODB_URL: 'mongodb://[redacted]@one/?replicaSet=rs0',
    });

    const help = runProgram(program, {}, ['--help']);
    expect(await help.exited).toBe(0);
    for (const name of Object.keys(config)) expect(help.stdout()).toContain(`  ${name} `);
  });
});
