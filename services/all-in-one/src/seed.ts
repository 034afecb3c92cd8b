import { systemClock, systemRandom } from '@shop/clock';
import { parsed, quietCommand } from './command-line.js';
import { registerCatalogue } from './register-catalogue.js';
import { runTool } from './run-tool.js';

const patienceMs = 120_000;

const urlIn = (words: readonly string[]): string =>
  parsed((write) =>
    quietCommand('seed', 'Registers the sample catalogue in a running shop, over HTTP; a product that is there stays as it is.', write)
      .argument('<url>', 'of a gateway or a command-api; SHOP_TOKEN holds a token with catalog:write, where one is asked for')
      .parse([...words], { from: 'user' })
      .processedArgs.map(String)
      .join(''),
  );

await runTool(async () => {
  const url = urlIn(process.argv.slice(2));
  const token = process.env['SHOP_TOKEN'];
  await registerCatalogue({ url, ...(token && { token }), send: fetch, clock: systemClock, random: systemRandom, patienceMs });
  process.stdout.write(`the sample catalogue is in the shop at ${url}\n`);
  return 0;
});
