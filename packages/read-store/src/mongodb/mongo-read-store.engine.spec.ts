import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@shop/clock';
import { findMongoDb, type Engine } from '@shop/engines';
import { MongoClient } from 'mongodb';
import { readStoreContract } from '../contract.js';
import { ReadStoreUnavailableError } from '../read-store.js';
import { openMongoReadStore } from './index.js';

const found = await findMongoDb();
let engine: Promise<Engine> | undefined;
const running = (): Promise<Engine> => {
  if (found.absent !== undefined) throw new Error(found.absent);
  return (engine ??= found.start());
};
afterAll(async () => (await engine)?.stop(), 20_000);

const silent = { warn: () => undefined };
const open = async () => {
  const { address: url } = await running();
  const database = `shop-test-${randomUUID()}`;
  const client = () => openMongoReadStore({ url, database, clock: systemClock, random: Math.random, logger: silent });
  const [store, second] = [await client(), await client()];
  return {
    store,
    second,
    elapse: async (ms: number) => void (await sleep(ms)),
    close: async () => {
      await Promise.all([store.close(), second.close()]);
      const administrator = new MongoClient(url);
      await administrator.db(database).dropDatabase();
      await administrator.close();
    },
  };
};

readStoreContract(`MongoDB (${found.where ?? 'by its driver'})`, { open, absent: found.absent });

const notOurs = found.absent ?? (found.killable ? undefined : `${found.where} is not ours to kill`);
const suite = notOurs === undefined ? describe : describe.skip;
suite(`A server of MongoDB's protocol that is killed${notOurs === undefined ? '' : ` (SKIPPED: ${notOurs})`}`, () => {
  it('has everything it acknowledged when it is back, and the same store goes on', async () => {
    const { control } = await running();
    if (!control) throw new Error('an engine of ours can be killed');
    const { store, second, close } = await open();
    const guard = (turn: number) => turn.toString(16).padStart(16, '0');
    const acknowledged = new Map<string, number>();
    let isOver = false;
    const writer = async (name: number): Promise<number> => {
      let failures = 0;
      for (let turn = 1; !isOver; turn += 1) {
        const id = `${name}-${turn % 20}`;
        const from = turn > 20 ? guard(turn - 20) : null;
        try {
          const applied = await store.write('items', [{ id, guard: guard(turn), document: { turn }, from }]);
          // Where the first answer was lost the repeat finds its own write.
          if (applied === 1 || (await store.load('items', [id])).get(id)?.guard === guard(turn)) acknowledged.set(id, turn);
          else throw new Error(`somebody else wrote ${id}`);
        } catch (error) {
          if (!(error instanceof ReadStoreUnavailableError)) throw error;
          failures += 1;
          turn -= 1;
        }
      }
      return failures;
    };
    const writers = [1, 2, 3, 4].map(writer);
    for (let kill = 0; kill < 3; kill += 1) {
      await sleep(300);
      await control.kill();
      await expect(second.load('items', ['1-1'])).rejects.toThrow(ReadStoreUnavailableError);
      await control.restart();
    }
    while (acknowledged.size < 80) await sleep(50);
    isOver = true;
    await Promise.all(writers);
    const loaded = await second.load<{ turn: number }>('items', [...acknowledged.keys()]);
    for (const [id, turn] of acknowledged) expect([id, loaded.get(id)?.document.turn]).toEqual([id, turn]);
    await close();
  }, 60_000);
});
