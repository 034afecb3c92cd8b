// Follows README.md as a newcomer does: starts the built shop on a free port and an empty folder, runs the page's purchase line by line,
// buys something by itself, opens the documentation, and stops the shop. Exits 1 with what differs. Plain Node, sh and curl.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = (file) => join(root, 'services/all-in-one/dist', file);
const readyWithinMs = 30_000;
const stoppedWithinMs = 20_000;
const said = (line) => console.log(`  ${line}`);
const expect = (holds, message) => {
  if (!holds) throw new Error(message);
};

/** Random ids, times, cursors and white space do not count. Ids made of user and key (version 5) are the same everywhere, so they do. */
const lasting = (text) =>
  text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'RANDOM-ID')
    .replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, 'TIME')
    .replace(/"nextCursor":"[^"]+"/g, '"nextCursor":"CURSOR"')
    .replace(/\s+/g, '');

/** Blocks marked `<!-- run -->`, each with the block behind it: what comes out. */
const purchase = () =>
  [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/<!-- run -->\s*```sh\n(.*?)```\s*```\w*\n(.*?)```/gs)].map(
    ([, commands, output]) => ({ commands, output }),
  );

const startShop = (folder) => {
  const child = spawn(process.execPath, [program('bundle/main.js'), '--port', '0', '--data', folder], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: 'warn' }, // no settings of this shell
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const exited = new Promise((resolve) => child.once('close', resolve));
  const opened = new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`${why}; the shop said:\n${printed}`));
    const timer = setTimeout(() => fail(`not open after ${readyWithinMs} ms`), readyWithinMs);
    const listen = (text) => {
      printed += text;
      const url = /API\s+(http:\S+)\/products/.exec(printed)?.[1];
      if (url && /Ctrl-C/.test(printed)) resolve({ url, welcome: printed });
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    void exited.then((code) => fail(`ended with ${code} before it was open`));
    void exited.finally(() => clearTimeout(timer));
  });
  return { child, exited, opened, printed: () => printed };
};

const followReadme = (url) => {
  const steps = purchase();
  expect(steps.length >= 10, `README.md has ${steps.length} commands marked to be run: its purchase has gone`);
  for (const { commands, output } of steps) {
    const answer = execFileSync('sh', ['-ec', commands.replaceAll('http://localhost:3000', url)], { encoding: 'utf8' });
    expect(lasting(answer) === lasting(output), `README.md says\n${output}\nbut\n${commands}\nanswers\n${answer}`);
  }
  said(`${steps.length} commands of README.md answer what it says`);
};

const buy = async (url) => {
  const call = async (path, body, headers = {}) => {
    const options = body && { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
    const response = await fetch(url + path, options);
    return { status: response.status, body: await response.json() };
  };
  await call('/balance/charge', { userId: 'newcomer', amount: 20_000 });
  const before = (await call('/products/notebook')).body;
  const order = { userId: 'newcomer', items: [{ productId: 'notebook', quantity: 3 }] };
  const paid = await call('/orders', order, { 'idempotency-key': 'mine' });
  expect(paid.status === 201 && paid.body.status === 'PAID', `an order answers ${JSON.stringify(paid)}`);
  const [stock, balance, seen] = await Promise.all(
    ['/products/notebook', '/balance/newcomer', `/orders/${paid.body.orderId}?userId=newcomer`].map((path) => call(path)),
  );
  expect(stock.body.stock === before.stock - 3, `after an order of 3 the stock went from ${before.stock} to ${stock.body.stock}`);
  expect(balance.body.balance === 20_000 - 3 * before.price, `after the order the balance is ${balance.body.balance}`);
  expect(JSON.stringify(seen.body) === JSON.stringify(paid.body), `the order reads ${JSON.stringify(seen)}`);
  said('an order is paid, and the very next reads show it');
};

const openPages = async (url) => {
  for (const path of ['/docs', '/openapi.json', '/asyncapi.json', '/readyz', '/metrics', '/problems/out-of-nowhere']) {
    const response = await fetch(url + path);
    await response.text();
    expect(response.status === (path.startsWith('/problems') ? 404 : 200), `GET ${path} answers ${response.status}`);
  }
  const { paths } = await (await fetch(`${url}/openapi.json`)).json();
  expect(paths?.['/orders']?.post, '/openapi.json does not describe POST /orders');
  said('the documentation opens');
};

const stopShop = async ({ child, exited }) => {
  child.kill('SIGTERM');
  const code = await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, stoppedWithinMs, 'no end').unref())]);
  expect(code === 0, `SIGTERM ends with ${code} instead of 0`);
  said('SIGTERM stops it in order');
};

const main = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shop-newcomer-'));
  const shop = startShop(folder);
  try {
    const { url, welcome } = await shop.opened;
    said(/ready after [\d.]+ s/.exec(welcome)?.[0] ?? 'open');
    followReadme(url);
    await buy(url);
    await openPages(url);
    const compared = execFileSync(process.execPath, [program('rebuild.js'), '--all', '--dry-run', '--data', folder], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(!compared.includes('differ'), `the read models are not what the log says:\n${compared}`);
    said('every read model is what a replay of the log gives');
    await stopShop(shop);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  } finally {
    if (shop.child.exitCode === null) shop.child.kill('SIGKILL');
    await shop.exited;
    rmSync(folder, { recursive: true, force: true });
  }
};

await main();
