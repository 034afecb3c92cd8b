import { describe, expect, it } from '@jest/globals';
import { beginning, EventStoreUnavailableError, toPosition, type EventStore, type RecordedEvent } from '@shop/event-store';
import { patientReading } from './patient-reading.js';

const at = (number: number): RecordedEvent => ({
  stream: 'wallet-kim',
  revision: number - 1,
  position: toPosition(BigInt(number)),
  id: `event-${number}`,
  type: 'WalletCharged',
  data: {},
  metadata: {},
});
const log = [1, 2, 3, 4, 5, 6].map(at);

/** Pages of two events; fails as told before a page, by how many were read. */
const failing = (fails: (reads: number) => Error | undefined): { readonly readAll: EventStore['readAll']; readonly opened: string[] } => {
  const opened: string[] = [];
  let reads = 0;
  return {
    opened,
    readAll: async function* (after) {
      opened.push(after);
      for (let rest = log.filter(({ position }) => position > after); rest.length > 0; rest = rest.slice(2)) {
        reads += 1;
        const failure = fails(reads);
        if (failure) throw failure;
        yield rest.slice(0, 2);
      }
    },
  };
};
const waits: number[] = [];
const clock = { now: () => new Date(0), monotonic: () => 0, sleep: async (ms: number) => void waits.push(ms) };
const readWith = async (store: ReturnType<typeof failing>) => {
  const ids: string[] = [];
  for await (const page of patientReading(store, { clock, random: () => 1 })(beginning)) ids.push(...page.map(({ id }) => id));
  return ids;
};
const down = new EventStoreUnavailableError('down');

describe('reading the whole log', () => {
  it('goes on after the last page when the store was away, and neither misses nor repeats an event', async () => {
    const store = failing((reads) => ([2, 3, 5].includes(reads) ? down : undefined));
    expect(await readWith(store)).toEqual(log.map(({ id }) => id));
    expect(store.opened).toEqual([beginning, log[1], log[1], log[3]].map((one) => (typeof one === 'string' ? one : one?.position)));
  });

  it('waits longer from failure to failure, and shortly again once it got on', async () => {
    waits.length = 0;
    await readWith(failing((reads) => ([1, 2, 3, 5].includes(reads) ? down : undefined)));
    expect(waits).toEqual([100, 200, 400, 100]);
  });

  it('gives up in the end, and at once where waiting helps nobody', async () => {
    await expect(readWith(failing(() => down))).rejects.toBe(down);
    waits.length = 0;
    const broken = new Error('damaged');
    await expect(readWith(failing(() => broken))).rejects.toBe(broken);
    expect(waits).toEqual([]);
  });
});
