import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openCalls } from './calls.js';
import { offerPages, readPages, type OfferedPages } from './pages.js';

class TillClosedError extends Error {
  override readonly name = 'TillClosedError';
}
class StrangerError extends Error {
  override readonly name = 'StrangerError';
}

let channel: MessageChannel;
beforeEach(() => {
  channel = new MessageChannel();
});
afterEach(() => channel.port1.close());

const errors: Readonly<Record<string, () => Error>> = {
  known: () => new TillClosedError('closed for today'),
  stranger: () => new StrangerError('who is that'),
  language: () => new RangeError('too much'),
};
const fails = (kind: string) => {
  throw errors[kind]?.() ?? new Error(kind);
};

describe('a call to another thread', () => {
  const open = () => {
    openCalls(channel.port1, { double: (number: number) => 2 * number, fails, never: () => new Promise<void>(() => undefined) });
    return openCalls<{ double: (number: number) => number; fails: (kind: string) => void; never: () => Promise<void> }>(
      channel.port2,
      {},
      { TillClosedError },
    );
  };

  it('is answered', async () => expect(await open().theirs.double(21)).toBe(42));

  it('fails as it did there: with its class where that is known, else with its name', async () => {
    const { theirs } = open();
    await expect(theirs.fails('known')).rejects.toThrow(TillClosedError);
    await expect(theirs.fails('known')).rejects.toMatchObject({ message: 'closed for today' });
    await expect(theirs.fails('stranger')).rejects.toMatchObject({ name: 'StrangerError', message: 'who is that' });
    await expect(theirs.fails('language')).rejects.toThrow(RangeError);
  });

  it('is rejected where the other side ends before it has answered', async () => {
    const { theirs, end } = open();
    const asked = expect(theirs.never()).rejects.toThrow('it has ended');
    end(new Error('it has ended'));
    await asked;
    await expect(theirs.double(1)).rejects.toThrow();
  });
});

describe('what another thread tells page by page', () => {
  type Wanted = { readonly upTo: number };
  let told: { opened: number; closed: number };
  const pages = async function* ({ upTo }: Wanted, signal: AbortSignal) {
    told.opened += 1;
    try {
      for (let page = 1; page <= upTo; page += 1) yield [page];
      if (upTo === 3) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      if (upTo === 0) throw new TillClosedError('nothing to tell');
    } finally {
      told.closed += 1;
    }
  };
  const open = () => {
    told = { opened: 0, closed: 0 };
    const offered = offerPages(pages);
    openCalls(channel.port1, offered);
    const { theirs } = openCalls<OfferedPages<Wanted, number[]>>(channel.port2, {}, { TillClosedError });
    return readPages<Wanted, number[]>({ next: theirs.next, end: (reading) => void theirs.end.asEvent(reading) });
  };
  const all = async (source: AsyncIterable<number[]>) => {
    const found: number[] = [];
    for await (const page of source) found.push(...page);
    return found;
  };
  const closed = async () => {
    while (told.closed < told.opened) await new Promise((resolve) => setImmediate(resolve));
  };

  it('comes in order and ends, for several readers at once', async () => {
    const read = open();
    expect(await Promise.all([all(read({ upTo: 5 })), all(read({ upTo: 2 }))])).toEqual([
      [1, 2, 3, 4, 5],
      [1, 2],
    ]);
    await closed();
  });

  it('is closed there when its reader leaves', async () => {
    const read = open();
    for await (const page of read({ upTo: 5 })) if (page[0] === 2) break;
    await closed();
    expect(told).toEqual({ opened: 1, closed: 1 });
  });

  it('ends without error when its reader gives up waiting', async () => {
    const read = open();
    const enough = new AbortController();
    const reading = all(read({ upTo: 3 }, enough.signal));
    while (told.opened === 0) await new Promise((resolve) => setImmediate(resolve));
    enough.abort();
    expect([[1], [1, 2], [1, 2, 3], []]).toContainEqual(await reading);
    await closed();
  });

  it('fails as it did there', async () => {
    await expect(all(open()({ upTo: 0 }))).rejects.toThrow(TillClosedError);
  });
});
