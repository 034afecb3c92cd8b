import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@shop/clock';
import type { ReadStore } from '@shop/read-store';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import { balances } from '../balances/balances.js';
import { eventually } from '../testing/eventually.js';
import { startProjector, type ProjectorProcess } from '../testing/projector-process.js';
import { openShopLog, type ShopLog } from '../testing/shop-log.js';

describe('a stream that waits in two projectors', () => {
  let log: ShopLog;
  let readStore: ReadStore;
  const projectors: ProjectorProcess[] = [];
  beforeEach(async () => {
    log = await openShopLog();
    readStore = await openEmbeddedReadStore({ inMemory: true, clock: systemClock });
  });
  afterEach(async () => {
    await Promise.all(projectors.splice(0).map(({ stop }) => stop()));
    await readStore.close();
    await log.eventStore.close();
  });
  const start = () => {
    const projector = startProjector({ eventStore: log.eventStore, readStore, projections: [balances] });
    projectors.push(projector);
    return projector;
  };
  const waits = (projector: ProjectorProcess) => projector.status().flatMap(({ parked }) => parked.map(({ stream }) => stream));

  it('waits in neither once an operator has skipped the event at one of them, though nothing else happens', async () => {
    const [here, there] = [start(), start()];
    const last = await log.write('wallet-kim', 'WalletFrozen', { userId: 'kim' });
    await Promise.all([here.reaches(last), there.reaches(last)]);
    await eventually('both know of it', () => waits(here).length === 1 && waits(there).length === 1);

    const [note] = await here.listParked();
    expect(await here.skipParked(note?.id ?? '', 'written by hand')).toBe(true);
    await eventually('neither waits', () => waits(here).length === 0 && waits(there).length === 0);

    const next = await log.charged('kim', 1_000);
    await Promise.all([here.reaches(next), there.reaches(next)]);
    expect([waits(here), waits(there)]).toEqual([[], []]);
  });
});
