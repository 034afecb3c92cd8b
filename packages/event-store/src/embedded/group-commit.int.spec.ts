import { describe, expect, it } from '@jest/globals';
import { EventStoreUnavailableError, noStream, type RecordedEvent } from '../event-store.js';
import { beginning } from '../position.js';
import { stagingContract } from '../staging-contract.js';
import { TransactionFailedError } from './connection.js';
import { embeddedEventStore } from './embedded-event-store.js';
import { openLogFile, type LogFile } from './log-file.js';

const metadata = { version: 1, correlationId: 'request-1', causationId: 'command-1' };
const noted = (note: string, data: object = {}) => ({ id: note, type: 'Noted', data: { note, ...data }, metadata });
const openStore = () => embeddedEventStore(openLogFile({ inMemory: true }));
const collect = async (pages: AsyncIterable<readonly RecordedEvent[]>): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const page of pages) events.push(...page);
  return events;
};

describe('appends that share a commit', () => {
  it('writes all that wait at the same time in one transaction', async () => {
    const store = openStore();
    await Promise.all(
      Array.from({ length: 100 }, (_, at) => store.append(`product-${at}`, noStream, [noted(`${at}`), noted(`${at} too`)])),
    );
    expect(store.stats()).toMatchObject({ commits: 1, appends: 100, events: 200 });
    await store.append('product-1', 1, [noted('alone')]);
    expect(store.stats()).toMatchObject({ commits: 2, appends: 101, events: 201 });
  });

  it('judges appends to one stream in the order in which they came', async () => {
    const store = openStore();
    const results = await Promise.all([
      store.append('product-1', noStream, [noted('one')]),
      store.append('product-1', 0, [noted('two')]),
      store.append('product-1', 0, [noted('too late')]),
      store.append('product-1', 0, [noted('two')]),
      store.append('product-1', 1, [noted('three')]),
    ]);
    expect(results.map((result) => (result.outcome === 'unknown' ? result : [result.outcome, result.revision]))).toEqual([
      ['ok', 0],
      ['ok', 1],
      ['conflict', 1],
      ['ok', 1],
      ['ok', 2],
    ]);
    expect(store.stats()).toMatchObject({ commits: 1, events: 3 });
  });

  it('writes nothing for what was written before, or conflicts', async () => {
    const store = openStore();
    await store.append('product-1', noStream, [noted('one')]);
    await store.append('product-1', noStream, [noted('one')]);
    await store.append('product-1', noStream, [noted('other')]);
    expect(store.stats()).toMatchObject({ commits: 1, appends: 3, events: 1 });
  });

  it('bounds a transaction by number and by size, and keeps the order', async () => {
    const store = openStore();
    await Promise.all(Array.from({ length: 600 }, (_, at) => store.append('product-1', at - 1, [noted(`${at}`)])));
    expect(store.stats()).toMatchObject({ commits: 2, events: 600 });
    const filler = 'x'.repeat(400_000);
    await Promise.all(Array.from({ length: 5 }, (_, at) => store.append('product-2', at - 1, [noted(`${at}`, { filler })])));
    expect(store.stats()).toMatchObject({ commits: 5, events: 605 });
    expect((await collect(store.readStream('product-1', 0))).map(({ id }) => Number(id))).toEqual(
      Array.from({ length: 600 }, (_, at) => at),
    );
  });

  it('hands followers the very objects that were appended', async () => {
    const store = openStore();
    const event = noted('one');
    const firstRead = async () => {
      for await (const [read] of store.subscribe(beginning, new AbortController().signal)) return read;
      return undefined;
    };
    const first = firstRead();
    await store.append('product-1', noStream, [event]);
    expect((await first)?.data).toBe(event.data);
  });

  it('writes snapshots with the next commits, all that wait in one transaction, though appends never cease', async () => {
    const store = openStore();
    let written = 0;
    const states = Promise.all(
      [1, 2, 3].map(async (at) => {
        await store.writeSnapshot(`product-${at}`, { revision: 0, foldVersion: 1, state: at });
        written += 1;
      }),
    );
    let appended = 0;
    while (written < 3) {
      await store.append('wallet-1', appended - 1, [noted(`${appended}`)]);
      appended += 1;
    }
    await states;
    expect(appended).toBeLessThan(10);
    expect(store.stats().writtenBehind).toBe(1);
  });

  it('ends a read where the log ended when the read began', async () => {
    const store = openStore();
    for (let at = 0; at < 3; at += 1)
      await store.append(
        'product-1',
        at * 700 - 1,
        Array.from({ length: 700 }, (_, n) => noted(`${at * 700 + n}`)),
      );
    let pages = 0;
    let events = 0;
    for await (const page of store.readAll(beginning)) {
      pages += 1;
      events += page.length;
      await store.append('wallet-1', pages - 2, [noted(`late ${pages}`)]);
    }
    expect(pages).toBeGreaterThan(1);
    expect(events).toBe(2_100);
  });

  it('counts the events up to a position', async () => {
    const store = openStore();
    await store.append('product-1', noStream, [noted('one'), noted('two')]);
    const head = await store.head();
    await store.append('product-1', 1, [noted('three')]);
    expect([store.eventsUpTo(beginning), store.eventsUpTo(head), store.eventsUpTo('ffffffffffffffff')]).toEqual([0, 2, 3]);
  });
});

/** A file whose next transactions end as told: `before` writes nothing, `after` writes and reports a failure all the same. */
const failing = (file: LogFile) => {
  let failure: { readonly writes: boolean; readonly certain: boolean } | undefined;
  return {
    fail: (next: typeof failure): void => {
      failure = next;
    },
    file: {
      ...file,
      transaction: (work: () => void) => {
        if (!failure || failure.writes) file.transaction(work);
        if (failure) throw new TransactionFailedError(failure.certain, new Error('disk I/O error'));
      },
    },
  };
};

stagingContract('the embedded event store', {
  open: () => {
    const { file, fail } = failing(openLogFile({ inMemory: true }));
    const store = embeddedEventStore(file);
    const { staging } = store;
    return {
      store,
      staging,
      lose: async () => {
        fail({ writes: false, certain: true });
        await staging.settled();
        fail(undefined);
      },
    };
  },
});

describe('a disk that fails', () => {
  it('stages nothing until it is seen to write again', async () => {
    const { file, fail } = failing(openLogFile({ inMemory: true }));
    const store = embeddedEventStore(file);
    fail({ writes: false, certain: true });
    expect(store.staging.stage('product-1', noStream, [noted('lost')])).toBeDefined();
    await store.staging.settled();
    expect(store.staging.stage('product-1', noStream, [noted('early')])).toBeUndefined();
    await expect(store.append('product-1', noStream, [noted('early')])).rejects.toThrow(EventStoreUnavailableError);
    fail(undefined);
    expect(store.staging.stage('product-1', noStream, [noted('early')])).toBeUndefined();
    await store.append('product-1', noStream, [noted('one')]);
    expect(store.staging.stage('product-1', 0, [noted('two')])).toMatchObject({ revision: 1 });
  });

  it('loses what was staged behind a commit that failed, and turns away who waits there', async () => {
    const { file, fail } = failing(openLogFile({ inMemory: true }));
    const store = embeddedEventStore(file);
    const filler = 'x'.repeat(700_000); // two of them do not fit one transaction
    fail({ writes: false, certain: true });
    const first = store.staging.stage('product-1', noStream, [noted('one', { filler })]);
    const second = store.staging.stage('product-1', 0, [noted('two', { filler })]);
    expect(second?.batch).toBe((first?.batch ?? 0) + 1);
    await expect(store.append('product-1', 1, [noted('three')])).rejects.toThrow(EventStoreUnavailableError);
    expect(store.staging.lastLoss()).toEqual({ from: first?.batch, certain: true });
    expect(store.staging.lastRevision('product-1')).toBe(noStream);
    expect(store.staging.losses()).toBe(1);
  });

  it('cannot tell what became of staged events where a commit ended half-way, and stages no more', async () => {
    const { file, fail } = failing(openLogFile({ inMemory: true }));
    const store = embeddedEventStore(file);
    fail({ writes: true, certain: false });
    store.staging.stage('product-1', noStream, [noted('one')]);
    await store.staging.settled();
    expect(store.staging.lastLoss()).toMatchObject({ certain: false });
    expect(store.staging.stage('product-2', noStream, [noted('one')])).toBeUndefined();
    expect(() => store.staging.lastRevision('product-1')).toThrow(EventStoreUnavailableError);
  });

  it('shows nothing that is staged to its readers, a snapshot neither', async () => {
    const store = openStore();
    store.staging.stage('product-1', noStream, [noted('one')]);
    void store.writeSnapshot('product-1', { revision: 0, foldVersion: 1, state: 1 });
    expect(store.lastRevision?.('product-1')).toBe(noStream);
    expect([await store.head(), await store.readSnapshot('product-1'), await store.readStreamBackwards('product-1', 'end', 1)]).toEqual([
      beginning,
      undefined,
      [],
    ]);
    await store.staging.settled();
    expect(store.lastRevision?.('product-1')).toBe(0);
  });

  it('writes all that is staged before it closes', async () => {
    const file = openLogFile({ inMemory: true });
    const store = embeddedEventStore({ ...file, close: () => undefined });
    store.staging.stage('product-1', noStream, [noted('one')]);
    await store.close();
    expect(await embeddedEventStore(file).head()).not.toBe(beginning);
  });

  it('turns every append of the commit away where it was surely rolled back, and goes on', async () => {
    const { file, fail } = failing(openLogFile({ inMemory: true }));
    const store = embeddedEventStore(file);
    fail({ writes: false, certain: true });
    const both = await Promise.allSettled([
      store.append('product-1', noStream, [noted('one')]),
      store.append('product-1', noStream, [noted('rival')]),
      store.writeSnapshot('product-1', { revision: 0, foldVersion: 1, state: 1 }),
    ]);
    for (const result of both) expect(result).toMatchObject({ status: 'rejected', reason: expect.any(EventStoreUnavailableError) });
    expect(await store.head()).toBe(beginning);
    fail(undefined);
    expect(await store.append('product-1', noStream, [noted('one')])).toMatchObject({ outcome: 'ok', revision: 0 });
    expect((await collect(store.readAll(beginning))).map(({ id }) => id)).toEqual(['one']);
  });

  it('calls an append unknown where the commit itself failed, and takes the identical one again', async () => {
    const { file, fail } = failing(openLogFile({ inMemory: true }));
    const store = embeddedEventStore(file);
    fail({ writes: false, certain: false });
    expect(await store.append('product-1', noStream, [noted('one')])).toMatchObject({ outcome: 'unknown' });
    fail(undefined);
    expect(await store.append('product-1', noStream, [noted('one')])).toMatchObject({ outcome: 'ok', revision: 0 });
  });

  it('stops where the file holds more than it acknowledged: only opening it again tells what is true', async () => {
    const { file, fail } = failing(openLogFile({ inMemory: true }));
    const store = embeddedEventStore(file);
    const following = collect(store.subscribe(beginning, new AbortController().signal));
    const dropped = expect(following).rejects.toThrow(EventStoreUnavailableError);
    fail({ writes: true, certain: false });
    expect(await store.append('product-1', noStream, [noted('one')])).toMatchObject({ outcome: 'unknown' });
    fail(undefined);
    await dropped;
    await expect(store.append('product-1', noStream, [noted('one')])).rejects.toThrow('must be opened again');
    await expect(store.head()).rejects.toThrow(EventStoreUnavailableError);
    const again = embeddedEventStore(file);
    expect(await again.append('product-1', noStream, [noted('one')])).toMatchObject({ outcome: 'ok', revision: 0 });
    expect(again.stats()).toMatchObject({ commits: 0 });
  });
});
