import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@shop/clock';
import { findMongoDb } from '@shop/engines';
import { MongoClient, type Db, type Document } from 'mongodb';
import { endOfStatement, readModelIndexes, readModelNames, statementId } from '../read-models.js';
import type { Condition, Order, ReadStore } from '../read-store.js';
import { openMongoReadStore } from './index.js';
import { filterOf, sortOf } from './query.js';

/** Only MongoDB itself shows what is here: the server of its protocol that is used elsewhere accepts all of it and does nothing. */
const found = await findMongoDb();
const engine = found.kind === 'process' ? undefined : await found.start?.();
const isReplicated = async (url: string): Promise<boolean> => {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 5_000 });
  const { setName }: Document = await client.db('admin').command({ hello: 1 });
  await client.close();
  return setName !== undefined;
};
const url = engine?.address ?? '';
const absence = async (): Promise<string | undefined> => {
  if (found.absent !== undefined) return found.absent;
  if (found.kind === 'process') return 'it needs MongoDB as a replica set, by MONGODB_URL or in a container';
  return (await isReplicated(url)) ? undefined : `${found.where} is not a replica set`;
};
const absent = await absence();
afterAll(() => engine?.stop(), 20_000);

const suite = absent === undefined ? describe : describe.skip;
suite(`A replica set of MongoDB${absent === undefined ? '' : ` (SKIPPED: ${absent})`}`, () => {
  let client: MongoClient;
  let database: Db;
  let store: ReadStore;
  beforeEach(async () => {
    client = new MongoClient(url);
    database = client.db(`shop-test-${randomUUID()}`);
    const parts = { clock: systemClock, random: Math.random, logger: { warn: () => undefined } };
    store = await openMongoReadStore({ url, database: database.databaseName, ...parts });
  });
  afterEach(async () => {
    await store.close();
    await database.dropDatabase();
    await client.close();
  });

  it('answers every list of the shop from an index, without sorting', async () => {
    const isByIndex = async (name: string, where: readonly Condition[], order: readonly Order[]) => {
      const plan: Document = await database
        .collection(name)
        .find(filterOf(where))
        .sort(new Map(sortOf(order)))
        .explain('queryPlanner');
      const stages = JSON.stringify(plan['queryPlanner']);
      expect([name, stages.includes('"IXSCAN"'), /"(SORT|COLLSCAN)"/.test(stages)]).toEqual([name, true, false]);
    };
    for (const name of readModelNames) {
      await store.ensureCollection(name, readModelIndexes[name]);
      for (const { fields } of readModelIndexes[name]) {
        const [first] = fields;
        if (first) await isByIndex(name, [{ field: first.field, is: '=', value: 'x' }], fields);
      }
    }
    const ofUser: readonly Condition[] = [
      { field: 'id', is: '>=', value: statementId('u', 0) },
      { field: 'id', is: '<', value: statementId('u', endOfStatement) },
    ];
    await isByIndex('statement', ofUser, [{ field: 'id', direction: 'descending' }]);
  });

  it('takes an index of other fields under a name that was used before', async () => {
    const byFields = (...fields: Order[]) => store.ensureCollection('items', [{ name: 'by-n', fields }]);
    await byFields({ field: 'n', direction: 'ascending' });
    await byFields({ field: 'n', direction: 'descending' });
    await byFields({ field: 'n', direction: 'ascending' });
    expect(await database.collection('items').indexes()).toHaveLength(3);
  });

  it('has a majority behind everything that was acknowledged', async () => {
    await store.write('items', [{ id: 'a', guard: '1', document: { v: 1 }, from: null }]);
    const seen = await database
      .collection('items')
      .findOne({}, { readConcern: { level: 'majority' }, readPreference: 'secondaryPreferred' });
    expect(seen).toMatchObject({ guard: '1' });
    expect((await store.takeLease('sweeper', 'A', 60_000))?.epoch).toBe(1);
  });
});
