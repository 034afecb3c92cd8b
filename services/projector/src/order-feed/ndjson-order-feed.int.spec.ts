import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { orderFeedEvent, type OrderFeedEvent } from '@shop/events';
import { line, paid } from '../testing/facts.js';
import { openAppendFile, type AppendFile } from './append-file.js';
import { ndjsonOrderFeed, openNdjsonOrderFeed } from './ndjson-order-feed.js';
import { orderFeedContract } from './order-feed-contract.js';
import { toFeedEvent } from './to-feed-event.js';

const fileIn = (folder: string) => join(folder, 'order-feed.ndjson');
const linesIn = async (folder: string) => (await readFile(fileIn(folder), 'utf8')).split('\n').filter((text) => text !== '');

orderFeedContract('A file of lines', {
  open: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'order-feed-'));
    const feed = await openNdjsonOrderFeed(folder);
    return {
      feed,
      received: async () => (await linesIn(folder)).map((text) => orderFeedEvent.parse(JSON.parse(text))),
      reopen: () => openNdjsonOrderFeed(folder),
      close: async () => {
        await feed.close().catch(() => undefined);
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
});

const sent = (number: number): OrderFeedEvent => {
  const event = paid(`주문-${number}`, [{ ...line('p1', number), name: '머그컵' }]);
  const position = String(number).padStart(16, '0');
  const recorded = {
    stream: 'wallet-u1',
    revision: number,
    position,
    id: `event-${number}`,
    type: event.type,
    data: event.data,
    metadata: {},
  };
  const mapped = toFeedEvent('/orders', recorded, event);
  if (!mapped) throw new Error('a payment is always sent');
  return mapped;
};

describe('the file of the feed', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'order-feed-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const ids = async () => (await linesIn(folder)).map((text) => orderFeedEvent.parse(JSON.parse(text)).id);

  it('is readable by its owner alone', async () => {
    await (await openNdjsonOrderFeed(folder)).close();
    expect((await stat(fileIn(folder))).mode & 0o777).toBe(0o600);
  });

  it('loses a last line that a crash has torn, wherever it was torn, and nothing else', async () => {
    const whole = `${JSON.stringify(sent(1))}\n`;
    const torn = JSON.stringify(sent(2));
    for (const length of [0, 1, torn.length - 1, torn.length]) {
      await writeFile(fileIn(folder), whole);
      await appendFile(fileIn(folder), torn.slice(0, length));
      const feed = await openNdjsonOrderFeed(folder);
      expect(await readFile(fileIn(folder), 'utf8')).toBe(whole);
      await feed.publish([sent(2)]);
      expect(await ids()).toEqual(['event-1', 'event-2']);
      await feed.close();
    }
  });

  it('is cut back to its start where the only line is torn, however long', async () => {
    await writeFile(fileIn(folder), 'x'.repeat(200_000));
    await (await openNdjsonOrderFeed(folder)).close();
    expect((await stat(fileIn(folder))).size).toBe(0);
  });

  it('acknowledges only what was synced', async () => {
    const steps: string[] = [];
    const real = await openAppendFile(fileIn(folder));
    const noted = <Result>(name: string, result: Promise<Result>) => result.finally(() => steps.push(name));
    const file: AppendFile = {
      ...real,
      append: (bytes) => noted('appended', real.append(bytes)),
      sync: () => noted('synced', real.sync()),
    };
    const feed = await ndjsonOrderFeed(file);
    await feed.publish([sent(1), sent(2)]).then(() => steps.push('acknowledged'));
    expect(steps).toEqual(['appended', 'synced', 'acknowledged']);
    await feed.close();
  });

  it('has no half a line in its middle after a write that failed half-way', async () => {
    const real = await openAppendFile(fileIn(folder));
    let isFull = false;
    const file: AppendFile = {
      ...real,
      append: async (bytes) => {
        await real.append(isFull ? bytes.subarray(0, bytes.length * 0.7) : bytes);
        if (isFull) throw new Error('no space left');
      },
    };
    const feed = await ndjsonOrderFeed(file);
    await feed.publish([sent(1)]);
    isFull = true;
    await expect(feed.publish([sent(2), sent(3)])).rejects.toThrow('no space left');
    isFull = false;
    await feed.publish([sent(2), sent(3)]);
    expect(await ids()).toEqual(['event-1', 'event-2', 'event-3']);
    await feed.close();
  });
});
