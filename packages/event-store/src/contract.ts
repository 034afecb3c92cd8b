import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appendBytes, noStream, type AppendResult, type EventStore, type NewEvent, type RecordedEvent } from './event-store.js';
import { beginning, isPosition, type Position } from './position.js';

export type ContractHarness = {
  /** Opens the store; the suite closes it. It may hold events already: the suite uses streams of its own. */
  readonly open: () => Promise<EventStore>;
  /** Why the store cannot be had here; the suite is then skipped, loudly. */
  readonly absent?: string | undefined;
  /** Changes a stored snapshot so that it is no longer what was written. */
  readonly damageSnapshot?: (stream: string) => Promise<void>;
};

const metadata = { version: 1, correlationId: 'request-1', causationId: 'command-1' };
/** An event that says which one it is. */
const noted = (note: string, data: object = {}): NewEvent => ({ id: randomUUID(), type: 'Noted', data: { note, ...data }, metadata });
/** Names are new in each run: a real store keeps what earlier runs wrote. */
const newStream = (kind = 'product') => `${kind}-contract-${randomUUID()}`;
const noteOf = ({ data }: RecordedEvent): unknown => (typeof data === 'object' && data !== null && 'note' in data ? data.note : undefined);

const collect = async (pages: AsyncIterable<readonly RecordedEvent[]>): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const page of pages) events.push(...page);
  return events;
};

/** Follows a subscription until `count` events of these streams have come. */
const follow = async (
  store: EventStore,
  { after, streams, count, each }: { after: Position; streams: readonly string[]; count: number; each?: () => Promise<void> },
): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const page of store.subscribe(after, new AbortController().signal)) {
    events.push(...page.filter(({ stream }) => streams.includes(stream)));
    if (events.length >= count) break;
    await each?.();
  }
  return events;
};

const expectOk = (result: AppendResult): { revision: number; position: Position } => {
  if (result.outcome !== 'ok') throw new Error(`the append came to ${JSON.stringify(result)}`);
  return result;
};

/** What every event store does, whichever engine is behind it. */
export const eventStoreContract = (name: string, { open, absent, damageSnapshot }: ContractHarness): void => {
  if (absent !== undefined) console.warn(`SKIPPED: the event store contract on ${name}: ${absent}`);
  (absent === undefined ? describe : describe.skip)(`${name} keeps the event store contract`, () => {
    let opened: EventStore | undefined;
    const store = (): EventStore => {
      if (!opened) throw new Error('the store is not open');
      return opened;
    };
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => opened?.close());

    const append = async (stream: string, expected: number, ...events: NewEvent[]) =>
      expectOk(await store().append(stream, expected, events));
    const notes = async (stream: string, from = 0) => (await collect(store().readStream(stream, from))).map(noteOf);

    describe('what an append comes to', () => {
      it('writes at the expected revision and says where the last event stands', async () => {
        const stream = newStream();
        expect(await store().append(stream, noStream, [noted('one')])).toEqual({
          outcome: 'ok',
          revision: 0,
          position: expect.stringMatching(/^[0-9a-f]{16}$/),
        });
        expect(await store().append(stream, 0, [noted('two'), noted('three')])).toMatchObject({ outcome: 'ok', revision: 2 });
        expect(await notes(stream)).toEqual(['one', 'two', 'three']);
      });

      it('answers the same success to an identical retry, and writes nothing', async () => {
        const stream = newStream();
        const events = [noted('one'), noted('two')];
        const first = await store().append(stream, noStream, events);
        expect(await store().append(stream, noStream, events)).toEqual(first);
        expect(await notes(stream)).toEqual(['one', 'two']);
      });

      it('answers the same success to an identical retry that comes after later events', async () => {
        const stream = newStream();
        await append(stream, noStream, noted('zero'));
        const events = [noted('one'), noted('two')];
        const first = await store().append(stream, 0, events);
        await append(stream, 2, noted('three'));
        await append(stream, 3, noted('four'));
        expect(await store().append(stream, 0, events)).toEqual(first);
        expect(await notes(stream)).toEqual(['zero', 'one', 'two', 'three', 'four']);
      });

      it('knows a retry that was sent again before the first try was answered', async () => {
        const stream = newStream();
        const events = [noted('one'), noted('two')];
        const [first, again] = await Promise.all([store().append(stream, noStream, events), store().append(stream, noStream, events)]);
        expect(expectOk(first)).toEqual(expectOk(again));
        expect(await notes(stream)).toEqual(['one', 'two']);
      });

      it('refuses other events where the expected revision is taken, and says where the stream stands', async () => {
        const stream = newStream();
        await append(stream, noStream, noted('one'), noted('two'));
        expect(await store().append(stream, noStream, [noted('other')])).toEqual({ outcome: 'conflict', revision: 1 });
        expect(await store().append(stream, 0, [noted('other')])).toEqual({ outcome: 'conflict', revision: 1 });
        expect(await notes(stream)).toEqual(['one', 'two']);
      });

      it('refuses an expected revision ahead of the stream', async () => {
        const stream = newStream();
        expect(await store().append(stream, 0, [noted('one')])).toEqual({ outcome: 'conflict', revision: noStream });
        await append(stream, noStream, noted('one'));
        expect(await store().append(stream, 5, [noted('two')])).toEqual({ outcome: 'conflict', revision: 0 });
        expect(await notes(stream)).toEqual(['one']);
      });

      it('refuses a batch of which only the first events were written, and writes nothing of it', async () => {
        const stream = newStream();
        const one = noted('one');
        await append(stream, noStream, one, noted('two'));
        expect(await store().append(stream, noStream, [one, noted('changed')])).toMatchObject({ outcome: 'conflict', revision: 1 });
        expect(await notes(stream)).toEqual(['one', 'two']);
      });

      it('refuses a batch that repeats the end of the stream and goes on past it', async () => {
        const stream = newStream();
        const one = noted('one');
        await append(stream, noStream, one);
        expect(await store().append(stream, noStream, [one, noted('two')])).toMatchObject({ outcome: 'conflict', revision: 0 });
        expect(await notes(stream)).toEqual(['one']);
      });

      it('writes the same ids once more at the right revision: ids protect a retry and nothing else', async () => {
        const stream = newStream();
        const event = noted('one');
        await append(stream, noStream, event);
        expect(await store().append(stream, 0, [event])).toMatchObject({ outcome: 'ok', revision: 1 });
        expect(await notes(stream)).toEqual(['one', 'one']);
      });

      it('takes the same event ids on another stream', async () => {
        const event = noted('one');
        const [stream, other] = [newStream(), newStream()];
        await append(stream, noStream, event);
        await append(other, noStream, event);
        expect(await notes(other)).toEqual(['one']);
      });
    });

    describe('what no retry can make right', () => {
      it.each<[string, () => readonly NewEvent[]]>([
        ['no events at all', () => []],
        [
          'an event id twice',
          () => {
            const event = noted('one');
            return [event, { ...noted('two'), id: event.id }];
          },
        ],
        ['more bytes than an append may hold', () => [noted('x'.repeat(store().maxAppendBytes))]],
        ['data with undefined in it', () => [noted('one', { lost: undefined })]],
        ['data with a list that holds undefined', () => [noted('one', { lines: [{ quantity: 1 }, undefined] })]],
        ['data with a big integer', () => [noted('one', { amount: 10n })]],
        ['data with a function', () => [noted('one', { total: () => 1 })]],
        ['data with a number that JSON has no word for', () => [noted('one', { amount: Number.NaN })]],
        ['data with a Date, which would come back as text', () => [noted('one', { at: new Date(0) })]],
        ['data with a Map, which would come back empty', () => [noted('one', { lines: new Map([['a', 1]]) })]],
      ])('refuses %s by an error, and writes nothing', async (_, events) => {
        const stream = newStream();
        await expect(store().append(stream, noStream, events())).rejects.toThrow();
        expect(await notes(stream)).toEqual([]);
        await append(stream, noStream, noted('right'));
      });

      it('counts bytes and not characters', async () => {
        const stream = newStream();
        const han = '한'.repeat(Math.ceil(store().maxAppendBytes / 3));
        await expect(store().append(stream, noStream, [noted(han)])).rejects.toThrow();
        expect(await notes(stream)).toEqual([]);
      });

      it('takes an append of exactly the bytes it may hold', async () => {
        const stream = newStream();
        const empty = appendBytes(noted(''));
        const note = 'x'.repeat(store().maxAppendBytes - empty);
        await append(stream, noStream, noted(note));
        await expect(store().append(stream, 0, [noted(`${note}x`)])).rejects.toThrow();
        expect((await notes(stream)).length).toBe(1);
      });
    });

    describe('appends at the same time', () => {
      it('lets exactly one win for each revision of a stream', async () => {
        const stream = newStream();
        await append(stream, noStream, noted('start'));
        const rivals = Array.from({ length: 20 }, (_, rival) => noted(`rival ${rival}`));
        const results = await Promise.all(rivals.map((event) => store().append(stream, 0, [event])));
        const winners = rivals.filter((_, rival) => results[rival]?.outcome === 'ok');
        expect(winners).toHaveLength(1);
        expect(results.filter(({ outcome }) => outcome === 'conflict')).toHaveLength(19);
        expect((await collect(store().readStream(stream, 1))).map(({ id }) => id)).toEqual(winners.map(({ id }) => id));
      });

      it('loses nothing when losers read the tail and try again', async () => {
        const stream = newStream();
        const insist = async (event: NewEvent): Promise<void> => {
          for (let expected = noStream; ;) {
            const result = await store().append(stream, expected, [event]);
            if (result.outcome === 'ok') return;
            if (result.outcome === 'conflict') expected = result.revision;
          }
        };
        const events = Array.from({ length: 12 }, (_, at) => noted(`insisting ${at}`));
        await Promise.all(events.map(insist));
        const stored = await collect(store().readStream(stream, 0));
        expect(stored.map(({ revision }) => revision)).toEqual(events.map((_, revision) => revision));
        expect(new Set(stored.map(({ id }) => id))).toEqual(new Set(events.map(({ id }) => id)));
      });

      it('takes appends to many streams at once, each as if it were alone', async () => {
        const streams = Array.from({ length: 50 }, () => newStream('wallet'));
        const results = await Promise.all(
          streams.map((stream, at) => append(stream, noStream, noted(`first ${at}`), noted(`second ${at}`))),
        );
        expect(new Set(results.map(({ position }) => position)).size).toBe(50);
        for (const [at, stream] of streams.entries()) expect(await notes(stream)).toEqual([`first ${at}`, `second ${at}`]);
      });

      it('lets a conflict on one stream leave the others alone', async () => {
        const [taken, free] = [newStream(), newStream()];
        await append(taken, noStream, noted('one'));
        const [refused, written] = await Promise.all([
          store().append(taken, noStream, [noted('late')]),
          store().append(free, noStream, [noted('in time')]),
        ]);
        expect([refused.outcome, written.outcome]).toEqual(['conflict', 'ok']);
        expect(await notes(free)).toEqual(['in time']);
      });
    });

    describe('reading a stream', () => {
      it('gives no page for a stream that is missing', async () => {
        const pages = [];
        for await (const page of store().readStream(newStream(), 0)) pages.push(page);
        expect(pages).toEqual([]);
      });

      it('starts at a revision, and gives nothing beyond the end', async () => {
        const stream = newStream();
        await append(stream, noStream, noted('one'), noted('two'));
        await append(stream, 1, noted('three'));
        expect(await notes(stream, 0)).toEqual(['one', 'two', 'three']);
        expect(await notes(stream, 1)).toEqual(['two', 'three']);
        expect(await notes(stream, 2)).toEqual(['three']);
        expect(await notes(stream, 3)).toEqual([]);
        expect(await notes(stream, 99)).toEqual([]);
      });

      it('holds everything acknowledged before', async () => {
        const stream = newStream();
        for (let revision = 0; revision < 20; revision += 1) {
          await append(stream, revision - 1, noted(`event ${revision}`));
          expect(await notes(stream, revision)).toEqual([`event ${revision}`]);
        }
      });

      it('gives long streams in pages, complete and in order', async () => {
        const stream = newStream();
        for (let revision = 0; revision < 2_500; revision += 500)
          await append(stream, revision - 1, ...Array.from({ length: 500 }, (_, at) => noted(`event ${revision + at}`)));
        const events = await collect(store().readStream(stream, 0));
        expect(events.map(({ revision }) => revision)).toEqual(Array.from({ length: 2_500 }, (_, revision) => revision));
        expect(events.map(noteOf)).toEqual(Array.from({ length: 2_500 }, (_, revision) => `event ${revision}`));
      });

      it('gives back what was written: texts of every script, nesting, numbers', async () => {
        const stream = newStream('cart');
        const data = {
          name: '유기농 바나나 🍌 "quoted" \\ / \n\t\u0000 \u2028',
          lone: '\ud83d',
          nested: { list: [[], {}, [1, [2, [null, true, false, '']]]], 'odd key "\n': { deep: { deeper: {} } } },
          numbers: [0, 1, -1, 0.1, 1e21, 5e-324, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER],
          nothing: null,
        };
        const event = {
          id: randomUUID(),
          type: 'CartItemAdded',
          data,
          metadata: { ...metadata, actor: 'user-1', traceparent: '00-ab-cd-01' },
        };
        const { position } = await append(stream, noStream, event);
        expect(await collect(store().readStream(stream, 0))).toEqual([{ ...event, stream, revision: 0, position }]);
      });
    });

    describe('reading a stream backwards', () => {
      it('answers the newest events first, as many as asked for, from any revision downwards', async () => {
        const stream = newStream();
        await append(stream, noStream, ...[0, 1, 2, 3].map((revision) => noted(`event ${revision}`)));
        await append(stream, 3, ...[4, 5, 6].map((revision) => noted(`event ${revision}`)));
        const revisions = async (from: number | 'end', maxCount: number) =>
          (await store().readStreamBackwards(stream, from, maxCount)).map(({ revision }) => revision);

        expect(await revisions('end', 3)).toEqual([6, 5, 4]);
        expect(await revisions(3, 100)).toEqual([3, 2, 1, 0]);
        expect(await revisions(0, 2)).toEqual([0]);
        expect(await revisions(99, 2)).toEqual([6, 5]);
        const [newest] = await store().readStreamBackwards(stream, 'end', 1);
        expect(newest).toEqual((await collect(store().readStream(stream, 6)))[0]);
      });

      it('answers none of a stream that is missing', async () => {
        expect(await store().readStreamBackwards(newStream(), 'end', 10)).toEqual([]);
      });
    });

    describe('the last revision of a stream, where the store knows it without asking anybody', () => {
      it('is that of the last append acknowledged', async () => {
        const { lastRevision } = store();
        if (!lastRevision) return;
        const stream = newStream();
        expect(lastRevision(stream)).toBe(noStream);
        await append(stream, noStream, noted('one'), noted('two'));
        expect(lastRevision(stream)).toBe(1);
        await append(stream, 1, noted('three'));
        expect(lastRevision(stream)).toBe(2);
      });
    });

    describe('the log of all events', () => {
      it('gives the events after any position, in position order, each position once', async () => {
        const start = await store().head();
        const streams = [newStream('product'), newStream('wallet'), newStream('cart')];
        for (const round of [0, 1, 2])
          for (const stream of streams) await append(stream, round * 2 - 1, noted(`${round} first`), noted(`${round} second`));
        const mine = (await collect(store().readAll(start))).filter(({ stream }) => streams.includes(stream));
        expect(mine).toHaveLength(18);
        expect(mine.every(({ position }) => isPosition(position) && position > start)).toBe(true);
        const positions = mine.map(({ position }) => position);
        expect(positions).toEqual([...new Set(positions)].sort());
        for (const [at, { position }] of mine.entries()) {
          const rest = (await collect(store().readAll(position))).filter(({ stream }) => streams.includes(stream));
          expect(rest).toEqual(mine.slice(at + 1));
        }
      });

      it('keeps the events of a stream in the order of their revisions, and what was acknowledged first in front', async () => {
        const start = await store().head();
        const [one, other] = [newStream(), newStream('wallet')];
        const first = await append(one, noStream, noted('first'));
        const second = await append(other, noStream, noted('second'));
        const third = await append(one, 0, noted('third'));
        expect([first.position, second.position, third.position]).toEqual([first.position, second.position, third.position].sort());
        const mine = (await collect(store().readAll(start))).filter(({ stream }) => [one, other].includes(stream));
        expect(mine.map(noteOf)).toEqual(['first', 'second', 'third']);
      });

      it('gives the same events as the streams, from the very beginning', async () => {
        const stream = newStream();
        await append(stream, noStream, noted('one'), noted('two'));
        const all = await collect(store().readAll(beginning));
        expect(all.filter((event) => event.stream === stream)).toEqual(await collect(store().readStream(stream, 0)));
      });

      it('gives nothing after its end', async () => {
        await append(newStream(), noStream, noted('one'));
        expect(await collect(store().readAll(await store().head()))).toEqual([]);
      });

      it('has its head where the last acknowledged event stands', async () => {
        for (let at = 0; at < 5; at += 1) {
          const { position } = await append(newStream(), noStream, noted('one'), noted('two'));
          expect(await store().head()).toBe(position);
        }
      });

      it('does not move its head for what it refused', async () => {
        const stream = newStream();
        await append(stream, noStream, noted('one'));
        const before = await store().head();
        await store().append(stream, noStream, [noted('late')]);
        await store()
          .append(stream, 0, [])
          .catch(() => undefined);
        expect(await store().head()).toBe(before);
      });
    });

    describe('following the log', () => {
      it('catches up from any position, then goes on with new events, without gap or duplicate', async () => {
        const after = await store().head();
        const stream = newStream();
        for (let revision = 0; revision < 30; revision += 1) await append(stream, revision - 1, noted(`old ${revision}`));
        let revision = 30;
        const events = await follow(store(), {
          after,
          streams: [stream],
          count: 60,
          each: async () => {
            if (revision < 60) await append(stream, revision - 1, noted(`new ${revision}`));
            revision += 1;
          },
        });
        expect(events.map((event) => event.revision)).toEqual(Array.from({ length: 60 }, (_, at) => at));
        const [tenth] = events.slice(9);
        const rest = await follow(store(), { after: tenth?.position ?? '', streams: [stream], count: 50 });
        expect(rest).toEqual(events.slice(10));
      });

      it('tells of new events while it waits for them', async () => {
        const stream = newStream();
        const pages = store()
          .subscribe(await store().head(), new AbortController().signal)
          [Symbol.asyncIterator]();
        for (let revision = 0; revision < 5; revision += 1) {
          const next = pages.next();
          await append(stream, revision - 1, noted(`event ${revision}`));
          const page = await next;
          expect(page.done ? [] : page.value.map(noteOf)).toEqual([`event ${revision}`]);
        }
        await pages.return?.();
      });

      it('loses nothing for a slow follower, and does not wait for it', async () => {
        const after = await store().head();
        const streams = [newStream(), newStream('wallet')];
        const pages = store().subscribe(after, new AbortController().signal)[Symbol.asyncIterator]();
        const early = pages.next();
        const note = 'x'.repeat(10_000);
        for (let revision = 0; revision < 300; revision += 1)
          for (const stream of streams) await append(stream, revision - 1, noted(note, { revision }));
        const events: RecordedEvent[] = [];
        for (let page = await early; !page.done; page = await pages.next()) {
          events.push(...page.value.filter(({ stream }) => streams.includes(stream)));
          if (events.length >= 600) break;
        }
        await pages.return?.();
        expect(events).toEqual((await collect(store().readAll(after))).filter(({ stream }) => streams.includes(stream)));
      });

      it('gives several followers the same', async () => {
        const after = await store().head();
        const streams = Array.from({ length: 10 }, () => newStream('cart'));
        const following = Array.from({ length: 3 }, () => follow(store(), { after, streams, count: 20 }));
        await Promise.all(streams.map((stream) => append(stream, noStream, noted('one'), noted('two'))));
        const [first, ...others] = await Promise.all(following);
        expect(first).toHaveLength(20);
        for (const other of others) expect(other).toEqual(first);
      });

      it('ends without an error when it is told to, waiting or not', async () => {
        const stopped = new AbortController();
        const ending = collect(store().subscribe(await store().head(), stopped.signal));
        await new Promise((resolve) => setImmediate(resolve));
        stopped.abort();
        expect(await ending).toEqual([]);
        expect(await collect(store().subscribe(beginning, AbortSignal.abort()))).toEqual([]);
      });

      it('ends after the page in hand when told to while it catches up', async () => {
        const stream = newStream();
        for (let revision = 0; revision < 3; revision += 1) await append(stream, revision - 1, noted('one'));
        const stopped = new AbortController();
        const pages = [];
        for await (const page of store().subscribe(beginning, stopped.signal)) {
          pages.push(page);
          stopped.abort();
        }
        expect(pages).toHaveLength(1);
      });
    });

    describe('large batches', () => {
      it('writes all events of an append or none, and readers see the whole of it', async () => {
        const stream = newStream();
        const batch = Array.from({ length: 1_000 }, (_, at) => noted(`event ${at}`, { filler: 'x'.repeat(300) }));
        expect(await store().append(stream, noStream, batch)).toMatchObject({ outcome: 'ok', revision: 999 });
        expect((await collect(store().readStream(stream, 0))).map(({ id }) => id)).toEqual(batch.map(({ id }) => id));
        expect(await store().append(stream, noStream, batch)).toMatchObject({ outcome: 'ok', revision: 999 });
        expect(await store().append(stream, 0, batch)).toMatchObject({ outcome: 'conflict', revision: 999 });
        expect(await store().append(stream, 998, batch)).toMatchObject({ outcome: 'conflict', revision: 999 });
        expect(await notes(stream, 1_000)).toEqual([]);
      });
    });

    describe('snapshots', () => {
      it('has none for a stream that never got one', async () => {
        expect(await store().readSnapshot(newStream())).toBeUndefined();
      });

      it('gives back the newest one', async () => {
        const stream = newStream();
        const older = { revision: 4, foldVersion: 1, state: { available: 10 } };
        const newer = { revision: 9, foldVersion: 2, state: { available: 7, reservations: [['a', { quantity: 1 }]], name: '우유 🥛' } };
        await store().writeSnapshot(stream, older);
        expect(await store().readSnapshot(stream)).toEqual(older);
        await store().writeSnapshot(stream, newer);
        expect(await store().readSnapshot(stream)).toEqual(newer);
      });

      it('keeps the snapshots of streams apart, and out of the log', async () => {
        const [one, other] = [newStream(), newStream('wallet')];
        const before = await store().head();
        await Promise.all(
          [one, other].map((stream, revision) => store().writeSnapshot(stream, { revision, foldVersion: 1, state: stream })),
        );
        expect(await store().readSnapshot(one)).toEqual({ revision: 0, foldVersion: 1, state: one });
        expect(await store().readSnapshot(other)).toEqual({ revision: 1, foldVersion: 1, state: other });
        expect(await store().head()).toBe(before);
        expect(await notes(one)).toEqual([]);
      });

      it('holds a large state', async () => {
        const stream = newStream();
        const state = { charges: Array.from({ length: 20_000 }, (_, at) => [`charge-${at}`, { amount: at, hash: 'f'.repeat(64) }]) };
        await store().writeSnapshot(stream, { revision: 20_000, foldVersion: 1, state });
        expect(await store().readSnapshot(stream)).toEqual({ revision: 20_000, foldVersion: 1, state });
      });

      (damageSnapshot ? it : it.skip)('takes a damaged one for none, and replaces it', async () => {
        const stream = newStream();
        const snapshot = { revision: 4, foldVersion: 1, state: { available: 10 } };
        await store().writeSnapshot(stream, snapshot);
        await damageSnapshot?.(stream);
        expect(await store().readSnapshot(stream)).toBeUndefined();
        await store().writeSnapshot(stream, snapshot);
        expect(await store().readSnapshot(stream)).toEqual(snapshot);
      });
    });
  });
};
