import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@shop/clock';
import { openEmbeddedEventStore, type EmbeddedEventStore } from '@shop/event-store/embedded';
import { asking, historyOf, openTills, parseTillEvent, payIn, takeOut, till, type TillCommand, type Tills } from '../testing/till.js';

const stream = 'wallet-1';

describe('writers on the embedded store', () => {
  let folder: string;
  let store: EmbeddedEventStore;
  let open: Tills[];
  const processes = (count: number): Tills[] => {
    open = Array.from({ length: count }, (_, index) => {
      let seed = index + 1;
      const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
      return openTills(store, { process: `p${index}`, clock: systemClock, random });
    });
    return open;
  };
  const send = (tills: Tills | undefined, command: TillCommand) => {
    if (!tills) throw new Error('no such process');
    return tills.execute(stream, command, asking(systemClock, { withinMs: 30_000 }));
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'writers-'));
    store = await openEmbeddedEventStore({ folder });
    open = [];
  });
  afterEach(async () => {
    await Promise.all(open.map(({ stop }) => stop()));
    await store.close();
    await rm(folder, { recursive: true });
  });

  it('in three processes: of a thousand takers at once for 600 units exactly 600 are served, and none is lost or refused falsely', async () => {
    const all = processes(3);
    await send(all[0], payIn('opening', 600));
    const answers = await Promise.all(Array.from({ length: 1_000 }, (_, index) => send(all[index % 3], takeOut(`t${index}`, 1))));
    expect(answers.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(600);
    expect(answers.filter(({ outcome }) => outcome === 'refused')).toHaveLength(400);
    for (const answer of answers) if (answer.outcome === 'refused') expect(answer.refusal).toEqual({ type: 'NotEnough', balance: 0 });

    const history = await historyOf(store, stream);
    const taken = history.slice(1).map(({ data }) => data);
    expect(taken.map((data) => data)).toEqual(taken.map((_, index) => expect.objectContaining({ amount: 1, balance: 599 - index })));
    const written = new Set(history.map((event) => JSON.stringify(event.data)));
    for (const answer of answers) if (answer.outcome === 'accepted') expect(written).toContain(JSON.stringify(answer.events[0]?.data));
    expect(store.stats().appends).toBeLessThanOrEqual(100);
  });

  it('in three processes: the same payment sent fifty times at once counts once, with one answer', async () => {
    const all = processes(3);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => send(all[index % 3], payIn('once', 5))));
    expect(answers.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
    expect(answers.filter(({ outcome }) => outcome === 'repeated')).toHaveLength(49);
    expect(await historyOf(store, stream)).toHaveLength(1);
  });

  it('in three processes: every cache ends where the log is', async () => {
    const all = processes(3);
    await Promise.all(Array.from({ length: 300 }, (_, index) => send(all[index % 3], payIn(`p${index}`, index))));
    const folded = till.initialState();
    for (const event of await historyOf(store, stream)) till.evolve(folded, parseTillEvent(event), event.revision);
    for (const tills of all)
      expect(await tills.readFresh(stream, systemClock.monotonic() + 10_000)).toEqual({ state: folded, revision: 299 });
  });

  it('write a burst of 4,000 commands of one stream with few appends', async () => {
    const [tills] = processes(1);
    await Promise.all(Array.from({ length: 4_000 }, (_, index) => send(tills, payIn(`p${index}`, 1))));
    expect(store.stats()).toMatchObject({ events: 4_000 });
    expect(store.stats().appends).toBeLessThanOrEqual(5);
  });

  it('find everything again after a restart, with a snapshot or without', async () => {
    const [before] = processes(1);
    for (let round = 0; round < 6; round += 1)
      await Promise.all(Array.from({ length: 100 }, (_, index) => send(before, payIn(`p${round}-${index}`, 1))));
    await before?.stop();
    expect(await store.readSnapshot(stream)).toMatchObject({ foldVersion: 1 });
    await store.close();
    store = await openEmbeddedEventStore({ folder });
    const [after] = processes(1);
    expect(await send(after, payIn('p3-7', 1))).toMatchObject({ outcome: 'repeated' });
    expect(await send(after, takeOut('all', 600))).toMatchObject({ outcome: 'accepted', events: [{ data: { balance: 0 } }] });
  });
});
