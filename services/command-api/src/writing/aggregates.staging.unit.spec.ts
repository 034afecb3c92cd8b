import { describe, expect, it } from '@jest/globals';
import { manualClock, systemClock, type Clock } from '@shop/clock';
import { noStream } from '@shop/event-store';
import { storeOnFailingDisk } from '../testing/failing-disk.js';
import { asking, historyOf, openTills, payIn, takeOut } from '../testing/till.js';
import { ground as groundOn } from './ground.js';

const stream = 'till-1';

const opened = async (clock: Clock = manualClock()) => {
  const { eventStore, staging, lose } = storeOnFailingDisk();
  const ground = groundOn(staging);
  const tills = openTills(eventStore, { ground, clock });
  await tills.execute(stream, payIn('first', 100), asking(clock));
  return { eventStore, staging, lose, ground, clock, tills };
};
type Opened = Awaited<ReturnType<typeof opened>>;
const begun = ({ ground, clock }: Opened) => asking(clock, { footing: ground.stand() });

describe('Commands on a store that stages appends', () => {
  it('are decided one after the other in one breath, each on what the ones before it staged', async () => {
    const shop = await opened();
    const { tills, staging, eventStore } = shop;
    const { commits } = eventStore.stats();
    const results = await Promise.all([
      tills.execute(stream, takeOut('a', 60), begun(shop)),
      tills.execute(stream, takeOut('b', 60), begun(shop)),
      tills.execute(stream, takeOut('c', 40), begun(shop)),
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['accepted', 'refused', 'accepted']);
    expect(eventStore.lastRevision?.(stream)).toBe(0);
    await staging.settled();
    expect(await historyOf(eventStore, stream)).toHaveLength(3);
    expect(eventStore.stats().commits).toBe(commits + 1);
  });

  it('answer a repeated one with a position that holds what it repeats', async () => {
    const shop = await opened();
    const { tills } = shop;
    const first = await tills.execute(stream, payIn('a', 5), begun(shop));
    const again = await tills.execute(stream, payIn('a', 5), begun(shop));
    expect(again.outcome).toBe('repeated');
    expect(again.outcome !== 'refused' && first.outcome !== 'refused' && again.position >= first.position).toBe(true);
  });

  it('are decided on what is in the log once staged events were lost', async () => {
    const shop = await opened();
    const { tills, lose, eventStore } = shop;
    await tills.execute(stream, takeOut('a', 100), begun(shop));
    await lose();
    expect(await tills.execute(stream, takeOut('b', 100), begun(shop))).toMatchObject({ outcome: 'accepted' });
    expect((await historyOf(eventStore, stream)).map(({ data }) => data)).toMatchObject([{ paymentId: 'first' }, { paymentId: 'b' }]);
  });

  it('are turned away where the work that they belong to began before the loss', async () => {
    const shop = await opened();
    const { tills, lose, eventStore } = shop;
    const before = begun(shop);
    await tills.execute(stream, takeOut('a', 60), before);
    await lose();
    await expect(tills.execute(stream, takeOut('b', 60), before)).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    await expect(tills.execute('till-2', payIn('b', 60), before)).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    expect(eventStore.lastRevision?.('till-2')).toBe(noStream);
  });

  it('are not tried again where what they rest on was lost, though nobody knows whether they were written', async () => {
    const shop = await opened(systemClock);
    const { tills, lose, eventStore } = shop;
    const work = begun(shop);
    const { appends } = eventStore.stats();
    await tills.execute(stream, takeOut('a', 60), work);
    const second = expect(tills.execute('till-2', payIn('b', 60), work)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    // It is not in memory, so it is read first, and its append waits for the commit.
    for (let turns = 0; turns < 1_000 && eventStore.stats().appends < appends + 2; turns += 1) await Promise.resolve();
    await lose({ certain: false });
    await second;
    expect(eventStore.lastRevision?.('till-2')).toBe(noStream);
    await tills.stop();
  });

  it('are not decided past their deadline', async () => {
    const shop = await opened();
    const { tills, clock, eventStore } = shop;
    await expect(tills.execute(stream, payIn('late', 1), asking(clock, { withinMs: 0 }))).rejects.toMatchObject({
      code: 'EVENT_STORE_UNAVAILABLE',
    });
    expect(eventStore.lastRevision?.(stream)).toBe(0);
  });

  it('go on from what another part of the process has staged', async () => {
    const shop = await opened(systemClock);
    const { tills, eventStore, ground, clock } = shop;
    const others = openTills(eventStore, { ground, clock, process: 'other' });
    await others.execute(stream, payIn('theirs', 1), begun(shop));
    await tills.execute(stream, payIn('ours', 1), begun(shop));
    expect((await historyOf(eventStore, stream)).map(({ revision }) => revision)).toEqual([0, 1, 2]);
    await Promise.all([tills.stop(), others.stop()]);
  });
});
