import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePorts, missingPrograms } from '@shop/engines';
import { runProgram, until, type ProgramRun } from '@shop/service-process/testing/program-run';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { builtProgram } from './built-program.js';

const absent = missingPrograms();
const where = absent.length > 0 ? `SKIPPED: ${absent.join(' and ')} not installed` : 'the built program';

/** Ids of the processes whose command line names the folder: everything that a cluster on it starts does, but for the services. */
const processesNaming = async (text: string): Promise<readonly string[]> => {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const named = await Promise.all(
    ids.map(async (id) => {
      const said = await Promise.all(['cmdline', 'environ'].map((file) => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '')));
      return said.join().includes(text) && id !== String(process.pid) ? [id] : [];
    }),
  );
  return named.flat();
};

(absent.length > 0 ? describe.skip : describe)(`npm run cluster (${where})`, () => {
  let folder = '';
  const running: ProgramRun[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shop-cluster-'));
  });
  afterEach(async () => {
    for (const run of running.splice(0)) {
      run.signal('SIGTERM');
      await run.exited;
    }
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const start = (port: number, ...words: readonly string[]) => {
    const run = runProgram(builtProgram('cluster/dist/main.js'), { HOME: process.env['HOME'] ?? '' }, [
      '--port',
      String(port),
      '--data',
      folder,
      ...words,
    ]);
    running.push(run);
    return run;
  };
  const opened = async (run: ProgramRun) => {
    const text = await until(
      async () => ({ text: run.stdout(), ended: await Promise.race([run.exited.then(() => true), Promise.resolve(false)]) }),
      ({ text: said, ended }) => said.includes('Ctrl-C') || ended,
      120_000,
    );
    if (text.ended) throw new Error(`it ended: ${run.stderr()}`);
    return text.text;
  };
  const nothingIsLeft = () =>
    until(
      () => processesNaming(folder),
      (ids) => ids.length === 0,
      20_000,
    );

  it('opens on engines of its own, its curl places an order, Ctrl-C stops all of it, and it goes on where it was', async () => {
    const port = await freePorts();
    const first = start(port);
    const said = await opened(first);
    for (const name of ['command-api-2', 'query-api-2', 'projector-2', 'EventStoreDB', 'MongoDB', 'Kafka']) expect(said).toContain(name);
    const command = /curl[^]*?(?=\n\n)/.exec(said)?.[0] ?? '';
    const { stdout } = await promisify(execFile)('sh', ['-c', command]);
    expect(stdout).toContain('"status":"PAID"');
    const ready = await fetch(`http://localhost:${port}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'ready' }]);

    const second = start(await freePorts());
    expect(await second.exited).toBe(1);
    expect(second.stderr()).toMatch(/is in use: the cluster of process \d+ runs on it/);

    first.signal('SIGINT');
    expect(await first.exited).toBe(0);
    expect(first.stderr()).toBe('');
    await nothingIsLeft();

    const again = start(port);
    await opened(again);
    expect(await (await fetch(`http://localhost:${port}/balance/u1`)).json()).toMatchObject({ balance: 12_000 });
  }, 300_000);

  it('stops everything when one process dies, and says which', async () => {
    const run = start(await freePorts(), '--no-seed');
    const url = /command-api-1 +(\S+)/.exec(await opened(run))?.[1] ?? '';
    const port = new URL(url).port;
    const [victim] = (
      await Promise.all(
        (await processesNaming(`PORT=${port}`)).map(async (id) =>
          (await readFile(`/proc/${id}/cmdline`, 'utf8')).includes('command-api') ? [id] : [],
        ),
      )
    ).flat();
    process.kill(Number(victim), 'SIGKILL');
    expect(await run.exited).toBe(1);
    expect(run.stderr()).toContain('command-api-1 has ended');
    await nothingIsLeft();
  }, 180_000);

  it('leaves nothing behind when it is killed itself', async () => {
    const run = start(await freePorts(), '--no-seed');
    const said = await opened(run);
    const urls = [...said.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)].map(([url]) => url);
    run.signal('SIGKILL');
    await run.exited;
    await nothingIsLeft();
    for (const url of urls) await expect(fetch(url)).rejects.toThrow();
  }, 180_000);

  it('starts nothing where its port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const run = start(typeof address === 'object' && address !== null ? address.port : 0);
    expect(await run.exited).toBe(1);
    expect(run.stderr()).toMatch(/cannot listen on 127\.0\.0\.1 port \d+.*--port/);
    expect(await readdir(folder)).toEqual([]);
    server.close();
  });
});
