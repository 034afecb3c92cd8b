import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ReadStoreUnavailableError, type Condition, type GuardedWrite, type Order, type ReadStore } from './read-store.js';

/** One read store as two processes see it. */
export type OpenedReadStore = {
  readonly store: ReadStore;
  /** Another client of the same documents; the same object where only one process can have the store. */
  readonly second: ReadStore;
  /** Lets this much time pass on the store's clock. */
  readonly elapse: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
};
export type ReadStoreUnderTest = {
  /** A store without documents. */
  readonly open: () => Promise<OpenedReadStore>;
  /** Why it cannot run here. */
  readonly absent?: string | undefined;
  /** Names of the collections used, each new; by default those of read models. */
  readonly named?: (number: number) => string;
};

type Item = Record<string, unknown>;

const guard = (position: number): string => position.toString(16).padStart(16, '0');
const insert = (id: string, document: Item, at = 1): GuardedWrite<Item> => ({ id, guard: guard(at), document, from: null });
const replace = (id: string, document: Item, from: number, to: number): GuardedWrite<Item> => ({
  id,
  guard: guard(to),
  document,
  from: guard(from),
});
const up = (field: string): Order => ({ field, direction: 'ascending' });
const down = (field: string): Order => ({ field, direction: 'descending' });

/** What every read store does, whatever engine is behind it. */
export const readStoreContract = (
  name: string,
  { open, absent, named = (number) => `items-${number}__v1_1` }: ReadStoreUnderTest,
): void => {
  if (absent !== undefined) {
    describe.skip(`${name} keeps read models (SKIPPED: ${absent})`, () => it('is not here', () => undefined));
    return;
  }
  describe(`${name} keeps read models`, () => {
    let opened: OpenedReadStore;
    let used = 0;
    const fresh = (): string => named((used += 1));
    const all = async (collection: string, order: readonly Order[] = [up('id')]) =>
      (await opened.store.find<Item>(collection, { where: [], order, limit: 10_000 })).map(({ id }) => id);
    const filled = async (...writes: readonly GuardedWrite<Item>[]): Promise<string> => {
      const collection = fresh();
      await opened.store.ensureCollection(collection, []);
      expect(await opened.store.write(collection, writes)).toBe(writes.length);
      return collection;
    };
    const one = async (collection: string, id: string) => (await opened.store.load<Item>(collection, [id])).get(id);

    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    describe('one document', () => {
      it('gives back what was written, with its guard', async () => {
        const document = {
          name: '머그컵 "큰" ☕😀\n',
          price: Number.MAX_SAFE_INTEGER,
          minus: -3,
          gone: null,
          yes: true,
          lines: [{ k: 'a', v: [1, 2] }],
          empty: [],
        };
        const collection = await filled(insert('p1', document, 7), insert('P1', { other: true }, 8));
        const loaded = await opened.second.load<Item>(collection, ['p1', 'nobody', 'P1']);
        expect([...loaded.keys()].sort()).toEqual(['P1', 'p1']);
        expect(loaded.get('p1')).toEqual({ id: 'p1', guard: guard(7), document });
        expect(await opened.store.load(collection, [])).toEqual(new Map());
        expect(
          (await opened.store.find<Item>(collection, { where: [{ field: 'id', is: '=', value: 'p1' }], order: [], limit: 9 }))[0],
        ).toEqual(loaded.get('p1'));
      });

      it('is inserted only where none is', async () => {
        const collection = await filled(insert('a', { v: 'first' }, 5));
        expect(await opened.store.write(collection, [insert('a', { v: 'older' }, 4)])).toBe(0);
        expect(await opened.store.write(collection, [insert('a', { v: 'newer' }, 6)])).toBe(0);
        expect(await one(collection, 'a')).toEqual({ id: 'a', guard: guard(5), document: { v: 'first' } });
      });

      it('is replaced only where the very version stands that it was folded from', async () => {
        const collection = await filled(insert('a', { v: 1 }, 1));
        expect(await opened.store.write(collection, [replace('a', { v: 2 }, 1, 2)])).toBe(1);
        expect(await opened.store.write(collection, [replace('a', { v: 'skips 2' }, 1, 3)])).toBe(0);
        expect(await opened.store.write(collection, [replace('a', { v: 'from nowhere' }, 9, 10)])).toBe(0);
        expect(await one(collection, 'a')).toEqual({ id: 'a', guard: guard(2), document: { v: 2 } });
      });

      it('that is missing is never replaced into being', async () => {
        const collection = await filled(insert('other', {}));
        expect(await opened.store.write(collection, [replace('a', { v: 2 }, 1, 2)])).toBe(0);
        expect(await one(collection, 'a')).toBeUndefined();
      });

      it('never goes back to an older version, whoever wakes up late', async () => {
        const collection = await filled(insert('a', { v: 1 }, 1));
        await opened.store.write(collection, [replace('a', { v: 2 }, 1, 2)]);
        await opened.store.write(collection, [replace('a', { v: 3 }, 2, 3)]);
        for (const late of [insert('a', { v: 1 }, 1), replace('a', { v: 2 }, 1, 2), replace('a', { v: 3 }, 2, 3)])
          expect(await opened.second.write(collection, [late])).toBe(0);
        expect(await one(collection, 'a')).toEqual({ id: 'a', guard: guard(3), document: { v: 3 } });
      });

      it('is removed only as the version named', async () => {
        const collection = await filled(insert('a', {}, 2));
        expect(await opened.store.remove(collection, 'a', guard(1))).toBe(false);
        expect(await opened.store.remove(collection, 'b', guard(2))).toBe(false);
        expect(await opened.store.remove(collection, 'a', guard(2))).toBe(true);
        expect(await opened.store.remove(collection, 'a', guard(2))).toBe(false);
        expect(await one(collection, 'a')).toBeUndefined();
        expect(await opened.store.write(collection, [insert('a', { v: 'again' }, 1)])).toBe(1);
      });
    });

    describe('many writes at once', () => {
      it('are applied each for itself', async () => {
        const collection = await filled(insert('stands', { v: 1 }, 5), insert('fits', { v: 1 }, 5));
        const applied = await opened.store.write(collection, [
          insert('new', { v: 1 }, 6),
          insert('stands', { v: 2 }, 6),
          replace('fits', { v: 2 }, 5, 6),
          replace('missing', { v: 2 }, 5, 6),
        ]);
        expect(applied).toBe(2);
        const loaded = await opened.second.load<Item>(collection, ['new', 'stands', 'fits', 'missing']);
        expect(Object.fromEntries([...loaded].map(([id, { document }]) => [id, document['v']]))).toEqual({ new: 1, stands: 1, fits: 2 });
        expect(await opened.store.write(collection, [])).toBe(0);
      });

      it('can be repeated after half of them was applied', async () => {
        const collection = await filled(insert('b1', { v: 1 }, 1), insert('b2', { v: 1 }, 1));
        const batch = [insert('a1', { v: 9 }, 9), insert('a2', { v: 9 }, 9), replace('b1', { v: 9 }, 1, 9), replace('b2', { v: 9 }, 1, 9)];
        await opened.store.write(collection, batch.slice(1, 3));
        expect(await opened.second.write(collection, batch)).toBe(2);
        expect(await opened.store.write(collection, batch)).toBe(0);
        for (const id of ['a1', 'a2', 'b1', 'b2']) expect(await one(collection, id)).toEqual({ id, guard: guard(9), document: { v: 9 } });
      });

      it('of a thousand documents arrive whole', async () => {
        const collection = await filled(...Array.from({ length: 1_000 }, (_, n) => insert(`d${n}`, { n })));
        const loaded = await opened.second.load<Item>(
          collection,
          Array.from({ length: 1_000 }, (_, n) => `d${999 - n}`),
        );
        expect(loaded.size).toBe(1_000);
        expect(loaded.get('d512')?.document).toEqual({ n: 512 });
      });

      it('of two writers let one through for each version', async () => {
        const collection = await filled(...Array.from({ length: 50 }, (_, n) => insert(`d${n}`, { by: 'nobody' })));
        const batch = (by: string) => Array.from({ length: 50 }, (_, n) => replace(`d${n}`, { by }, 1, 2));
        const applied = await Promise.all([opened.store.write(collection, batch('A')), opened.second.write(collection, batch('B'))]);
        expect(applied[0] + applied[1]).toBe(50);
      });

      it('lose no update of several writers who each read first', async () => {
        const collection = fresh();
        const raise = async (store: ReadStore): Promise<void> => {
          for (;;) {
            const before = (await store.load<{ n: number }>(collection, ['sum'])).get('sum');
            const n = (before?.document.n ?? 0) + 1;
            const write = { id: 'sum', guard: guard(n), document: { n }, from: before?.guard ?? null };
            if ((await store.write(collection, [write])) === 1) return;
          }
        };
        const writer = async (store: ReadStore) => {
          for (let turn = 0; turn < 5; turn += 1) await raise(store);
        };
        await Promise.all([opened.store, opened.second, opened.store, opened.second].map(writer));
        expect(await one(collection, 'sum')).toEqual({ id: 'sum', guard: guard(20), document: { n: 20 } });
      });
    });

    describe('a list', () => {
      const find = async (collection: string, ...where: Condition[]) =>
        (await opened.second.find<Item>(collection, { where, order: [up('id')], limit: 100 })).map(({ id }) => id).join('');

      it('meets every kind of condition', async () => {
        const collection = await filled(
          insert('a', { n: 1, s: 'mug', yes: true }, 1),
          insert('b', { n: 10, s: '머그컵 (큰) 50%', yes: false }, 2),
          insert('c', { n: 9, s: 'Mug_cup', yes: true }, 3),
          insert('d', { n: null, s: null }, 4),
          insert('e', {}, 5),
        );
        const cases: [Condition, string][] = [
          [{ field: 'n', is: '=', value: 10 }, 'b'],
          [{ field: 'n', is: '<', value: 10 }, 'ac'],
          [{ field: 'n', is: '<=', value: 10 }, 'abc'],
          [{ field: 'n', is: '>', value: 1 }, 'bc'],
          [{ field: 'n', is: '>=', value: 1 }, 'abc'],
          [{ field: 's', is: '=', value: 'mug' }, 'a'],
          [{ field: 's', is: '>', value: 'Mug_cup' }, 'ab'],
          [{ field: 'yes', is: '=', value: true }, 'ac'],
          [{ field: 'yes', is: 'in', values: [false] }, 'b'],
          [{ field: 'n', is: 'in', values: [9, 1, 77] }, 'ac'],
          [{ field: 's', is: 'in', values: ['mug', 'cup'] }, 'a'],
          [{ field: 'n', is: 'in', values: [] }, ''],
          [{ field: 's', is: 'contains', value: 'ug' }, 'ac'],
          [{ field: 's', is: 'contains', value: '머그' }, 'b'],
          [{ field: 's', is: 'contains', value: '(큰) 50%' }, 'b'],
          [{ field: 's', is: 'contains', value: 'm.g' }, ''],
          [{ field: 's', is: 'contains', value: '_' }, 'c'],
          [{ field: 'id', is: '>', value: 'c' }, 'de'],
          [{ field: 'id', is: 'in', values: ['a', 'e'] }, 'ae'],
          [{ field: 'guard', is: '>=', value: guard(4) }, 'de'],
          [{ field: 'nowhere', is: '<', value: 5 }, ''],
        ];
        for (const [condition, found] of cases) {
          expect([condition, await find(collection, condition)]).toEqual([condition, found]);
          expect([condition, await opened.store.count(collection, [condition])]).toEqual([condition, found.length]);
        }
      });

      it('meets all conditions at once', async () => {
        const collection = await filled(insert('a', { n: 1, s: 'x' }), insert('b', { n: 2, s: 'x' }), insert('c', { n: 2, s: 'y' }));
        expect(await find(collection, { field: 'n', is: '>', value: 1 }, { field: 's', is: '=', value: 'x' })).toBe('b');
        expect(await find(collection)).toBe('abc');
        expect(await opened.store.count(collection, [])).toBe(3);
      });

      it('sorts text by code point and numbers by value, both ways', async () => {
        const names = ['B', 'a', 'Å', '가', '\uFF21', '😀'];
        const collection = await filled(...names.map((s, n) => insert(`d${n}`, { s, n: 10 ** n })));
        expect(await all(collection, [up('s')])).toEqual(['d0', 'd1', 'd2', 'd3', 'd4', 'd5']);
        expect(await all(collection, [down('s')])).toEqual(['d5', 'd4', 'd3', 'd2', 'd1', 'd0']);
        expect(await all(collection, [up('n')])).toEqual(['d0', 'd1', 'd2', 'd3', 'd4', 'd5']);
      });

      it('sorts by several fields, each its own way', async () => {
        const collection = await filled(
          ...[2, 1, 3, 1].map((units, n) => insert(`d${n}`, { day: 'x', units, productId: `p${n}` }, 10 - n)),
          insert('none', { day: 'x', productId: 'p9' }, 1),
        );
        expect(await all(collection, [down('units'), up('productId')])).toEqual(['d2', 'd0', 'd1', 'd3', 'none']);
        expect(await all(collection, [up('units'), down('productId')])).toEqual(['none', 'd3', 'd1', 'd0', 'd2']);
        expect(await all(collection, [up('day'), up('guard')])).toEqual(['none', 'd3', 'd2', 'd1', 'd0']);
      });

      it('is cut by skip and limit', async () => {
        const collection = await filled(...[0, 1, 2, 3, 4].map((n) => insert(`d${n}`, { n })));
        const page = async (limit: number, skip?: number) =>
          (await opened.store.find<Item>(collection, { where: [], order: [up('n')], limit, ...(skip !== undefined && { skip }) })).map(
            ({ id }) => id,
          );
        expect(await page(2)).toEqual(['d0', 'd1']);
        expect(await page(2, 2)).toEqual(['d2', 'd3']);
        expect(await page(2, 4)).toEqual(['d4']);
        expect(await page(2, 9)).toEqual([]);
      });

      it('uses its indexes without being changed by them', async () => {
        const collection = fresh();
        const indexes = [{ name: 'by-units', fields: [up('day'), down('units'), up('productId')] }];
        await opened.store.ensureCollection(collection, indexes);
        await opened.store.write(collection, [
          insert('a', { day: 'x', units: 1, productId: 'p' }),
          insert('b', { day: 'x', units: 2, productId: 'q' }),
        ]);
        await opened.store.write(collection, [replace('a', { day: 'x', units: 3, productId: 'p' }, 1, 2)]);
        await opened.store.ensureCollection(collection, indexes);
        const found = await opened.store.find(collection, {
          where: [{ field: 'day', is: '=', value: 'x' }],
          order: [down('units'), up('productId')],
          limit: 5,
        });
        expect(found.map(({ id }) => id)).toEqual(['a', 'b']);
      });

      it('refuses field names that could be more than a name', async () => {
        const collection = await filled(insert('a', { n: 1 }));
        for (const field of ['a.b', '$where', "n') OR (1=1", '', 'n"', '__proto__'])
          await expect(opened.store.find(collection, { where: [{ field, is: '=', value: 1 }], order: [], limit: 1 })).rejects.toThrow(
            RangeError,
          );
        await expect(opened.store.find(collection, { where: [], order: [up('n DESC')], limit: 1 })).rejects.toThrow(RangeError);
      });
    });

    describe('a scan', () => {
      const scanned = async (collection: string, order: readonly Order[], where: readonly Condition[] = []) => {
        const ids: string[] = [];
        for await (const { id } of opened.store.scan<Item>(collection, { where, order })) ids.push(id);
        return ids;
      };

      it('meets every document of a long list once, in order', async () => {
        const documents = Array.from({ length: 2_500 }, (_, n) =>
          insert(`d${n}`, { group: n % 7, n: n % 3 === 0 ? null : n % 50, even: n % 2 === 0 }),
        );
        const collection = await filled(...documents);
        for (const order of [[up('id')], [down('id')], [down('n'), up('id')], [up('n'), down('id')], [down('group'), up('n'), up('id')]])
          expect(await scanned(collection, order)).toEqual(await all(collection, order));
        expect(await scanned(collection, [up('id')], [{ field: 'even', is: '=', value: true }])).toHaveLength(1_250);
      });

      it('meets what stays as it is exactly once while other documents move, come and go', async () => {
        const documents = Array.from({ length: 300 }, (_, n) => insert(`d${String(n).padStart(3, '0')}`, { units: n }));
        const collection = await filled(...documents);
        const met: string[] = [];
        for await (const { id, document } of opened.store.scan<{ units: number }>(collection, {
          where: [],
          order: [down('units'), up('id')],
        })) {
          met.push(id);
          if (document.units % 10 === 5) {
            await opened.second.write(collection, [replace(`d${String(document.units - 1).padStart(3, '0')}`, { units: 10_000 }, 1, 2)]);
            await opened.second.remove(collection, `d${String(document.units - 2).padStart(3, '0')}`, guard(1));
          }
        }
        const still = documents.map(({ id }) => id).filter((id) => !/[34]$/.test(id));
        expect(met.filter((id) => !/[34]$/.test(id)).sort()).toEqual(still);
      });

      it('may be left early', async () => {
        const collection = await filled(...Array.from({ length: 100 }, (_, n) => insert(`d${n}`, { n })));
        const met: unknown[] = [];
        for await (const { document } of opened.store.scan<Item>(collection, { where: [], order: [up('n')] })) {
          met.push(document['n']);
          if (met.length === 30) break;
        }
        expect(met).toEqual(Array.from({ length: 30 }, (_, n) => n));
        expect(await opened.store.write(collection, [insert('new', { n: 100 })])).toBe(1);
      });
    });

    describe('collections', () => {
      it('come into being by being asked for or written to, and go', async () => {
        const [asked, written] = [fresh(), fresh()];
        await opened.store.ensureCollection(asked, [{ name: 'by-n', fields: [up('n')] }]);
        await opened.store.ensureCollection(asked, [{ name: 'by-n', fields: [up('n')] }]);
        await opened.store.write(written, [insert('a', { n: 1 })]);
        expect(await opened.second.collections()).toEqual(expect.arrayContaining([asked, written]));
        await opened.store.dropCollection(written);
        await opened.store.dropCollection(written);
        expect(await opened.store.collections()).not.toContain(written);
        expect(await one(written, 'a')).toBeUndefined();
        expect(await opened.store.write(written, [insert('a', { n: 2 })])).toBe(1);
        expect(await one(written, 'a')).toEqual({ id: 'a', guard: guard(1), document: { n: 2 } });
      });

      it('tell the newest guard in them, where the store knows it without looking', async () => {
        const { newestGuard } = opened.store;
        if (!newestGuard) return;
        const collection = fresh();
        expect(await newestGuard(collection)).toBeUndefined();
        await opened.store.ensureCollection(collection, []);
        expect(await newestGuard(collection)).toBeUndefined();
        await opened.store.write(collection, [insert('a', {}, 7), insert('b', {}, 5)]);
        expect(await newestGuard(collection)).toBe(guard(7));
        await opened.store.write(collection, [replace('b', {}, 4, 9)]); // of another version: not applied
        expect(await newestGuard(collection)).toBe(guard(7));
        await opened.store.write(collection, [replace('b', {}, 5, 8)]);
        expect(await newestGuard(collection)).toBe(guard(8));
        await opened.store.dropCollection(collection);
        expect(await newestGuard(collection)).toBeUndefined();
        await opened.store.write(collection, [insert('a', {}, 2)]);
        expect(await newestGuard(collection)).toBe(guard(2));
      });

      it('that nobody made are empty', async () => {
        const nowhere = fresh();
        expect(await opened.store.load(nowhere, ['a'])).toEqual(new Map());
        expect(await opened.store.find(nowhere, { where: [], order: [up('id')], limit: 5 })).toEqual([]);
        expect(await opened.store.count(nowhere, [])).toBe(0);
        expect(await opened.store.remove(nowhere, 'a', guard(1))).toBe(false);
        expect(await opened.store.write(nowhere, [replace('a', {}, 1, 2)])).toBe(0);
      });

      it('do not touch each other', async () => {
        const [one1, other] = [await filled(insert('a', { v: 1 })), await filled(insert('a', { v: 2 }))];
        await opened.store.write(one1, [replace('a', { v: 3 }, 1, 2)]);
        expect((await one(other, 'a'))?.document).toEqual({ v: 2 });
      });
    });

    describe('a watcher', () => {
      const told = (collection: string) => {
        let tell = (): void => undefined;
        const change = new Promise<void>((resolve) => (tell = resolve));
        const stop = opened.second.watch(collection, tell);
        return { change, stop };
      };

      it('is told of writes and removals, by whomever', async () => {
        const collection = await filled(insert('a', { v: 1 }));
        const write = told(collection);
        await opened.store.write(collection, [replace('a', { v: 2 }, 1, 2)]);
        await write.change;
        write.stop();
        const removal = told(collection);
        await opened.store.remove(collection, 'a', guard(2));
        await removal.change;
        removal.stop();
      });

      it('may be one of many, and stop without stopping the others', async () => {
        const collection = await filled(insert('a', { v: 1 }));
        let stopped = 0;
        const stop = opened.second.watch(collection, () => (stopped += 1));
        const other = told(collection);
        stop();
        stop();
        await opened.store.write(collection, [replace('a', { v: 2 }, 1, 2)]);
        await other.change;
        other.stop();
        expect(stopped).toBe(0);
      });
    });

    describe('a lease', () => {
      const ttl = 400;

      it('has one holder, who may renew it', async () => {
        const lease = await opened.store.takeLease('renewed', 'A', ttl);
        expect(lease).toMatchObject({ name: 'renewed', owner: 'A' });
        expect(await opened.second.takeLease('renewed', 'B', ttl)).toBeUndefined();
        await opened.elapse(0.75 * ttl);
        expect(await opened.store.takeLease('renewed', 'A', ttl)).toEqual(lease);
        await opened.elapse(0.75 * ttl);
        expect(await opened.second.takeLease('renewed', 'B', ttl)).toBeUndefined();
        expect(await opened.second.takeLease('another', 'B', ttl)).toMatchObject({ owner: 'B' });
      });

      it('is taken over when it has expired, under a higher epoch', async () => {
        const first = await opened.store.takeLease('expired', 'A', ttl);
        await opened.elapse(1.5 * ttl);
        const second = await opened.second.takeLease('expired', 'B', ttl);
        expect(second?.epoch).toBeGreaterThan(first?.epoch ?? Infinity);
        expect(await opened.store.takeLease('expired', 'A', ttl)).toBeUndefined();
        if (first) await opened.store.releaseLease(first);
        expect(await opened.store.takeLease('expired', 'A', ttl)).toBeUndefined();
      });

      it('is free at once when it was released', async () => {
        const first = await opened.store.takeLease('released', 'A', 60_000);
        if (first) await opened.store.releaseLease(first);
        const second = await opened.second.takeLease('released', 'B', ttl);
        expect(second?.epoch).toBeGreaterThan(first?.epoch ?? Infinity);
      });

      it('goes to one of many who ask at once', async () => {
        const owners = Array.from({ length: 20 }, (_, n) => `owner-${n}`);
        const taken = await Promise.all(owners.map((owner, n) => (n % 2 ? opened.store : opened.second).takeLease('wanted', owner, ttl)));
        expect(taken.filter((lease) => lease !== undefined)).toHaveLength(1);
      });
    });

    it('says that it is closed instead of answering', async () => {
      const { store, close } = await open();
      await store.write('closing', [insert('a', {})]);
      await close();
      await expect(store.load('closing', ['a', 'b'])).rejects.toThrow(ReadStoreUnavailableError);
      await expect(store.write('closing', [insert('b', {})])).rejects.toThrow(ReadStoreUnavailableError);
    });
  });
};
