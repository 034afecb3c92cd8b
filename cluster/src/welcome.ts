import { firstOrder } from '@shop/all-in-one/first-order';
import type { Cluster } from './cluster.js';

/** What is shown once the shop takes requests: where everything is, and one command that places a real order. */
export const welcome = (
  { url, services, engines }: Pick<Cluster, 'url' | 'services' | 'engines'>,
  { folder, seeded, readyMs }: { readonly folder: string; readonly seeded: boolean; readonly readyMs: number },
): string => {
  const row = (name: string, where: string) => `  ${name.padEnd(15)} ${where}`;
  return [
    '',
    `The shop is open (ready after ${(readyMs / 1_000).toFixed(1)} s).`,
    '',
    row('API', `${url}/products`),
    row('Try it', `${url}/docs`),
    row('Health', `${url}/readyz`),
    '',
    ...services.map((one) => row(one.name, one.url)),
    row('EventStoreDB', `${engines.eventStore.url}  (simulator)`),
    row('MongoDB', `${engines.mongoDb.address}  (wire server)`),
    row('Kafka', engines.kafka.address),
    row('Data and logs', folder),
    '',
    ...(seeded ? ['Charge a balance and order a mug:', '', ...firstOrder(url).map((line) => `  ${line}`), ''] : []),
    'For development and tests. Ctrl-C stops all of it; started again, it goes on where it was.',
    '',
  ].join('\n');
};
