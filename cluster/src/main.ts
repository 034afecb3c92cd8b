import { resolve } from 'node:path';
import { CommandLineEnd } from '@shop/all-in-one/command-line';
import { assertPortIsFree } from '@shop/all-in-one/free-port';
import { createLogger } from '@shop/http';
import { startCluster } from './cluster.js';
import { clusterCommand, type ClusterCommand } from './command-line.js';
import { seedCatalogue } from './seed.js';
import { welcome } from './welcome.js';

const counts = { 'command-api': 2, 'query-api': 2, projector: 2 } as const;
const say = (text: string) => void process.stdout.write(`${text}\n`);

/** Resolves at the first signal that asks for the end; the next one is not waited for. */
const asked = new Promise<undefined>((resolveAsked) => {
  const stop = () => resolveAsked(undefined);
  process.once('SIGINT', stop).once('SIGTERM', stop).once('SIGHUP', stop);
});

const run = async ({ port, data, seed }: ClusterCommand): Promise<number> => {
  const logLevel = process.env['LOG_LEVEL'];
  await assertPortIsFree('127.0.0.1', port);
  const cluster = await startCluster({
    folder: data,
    port,
    counts,
    ...(logLevel !== undefined && { environment: { LOG_LEVEL: logLevel } }),
    logger: createLogger('warn'),
    report: (step) => say(`starting ${step} …`),
  });
  try {
    if (seed) await seedCatalogue(cluster.url);
    say(welcome(cluster, { folder: resolve(data), seeded: seed, readyMs: performance.now() }));
    const lost = await Promise.race([asked, cluster.lost]);
    if (lost === undefined) return 0;
    process.stderr.write(`${lost} has ended, so everything is stopped; its log is in ${resolve(data)}\n`);
    return 1;
  } finally {
    say('stopping …');
    await cluster.stop();
    say('The shop is closed.');
  }
};

try {
  process.exitCode = await run(clusterCommand(process.argv.slice(2)));
} catch (error) {
  if (error instanceof CommandLineEnd) {
    (error.exitCode === 0 ? process.stdout : process.stderr).write(error.text);
    process.exitCode = error.exitCode;
  } else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
