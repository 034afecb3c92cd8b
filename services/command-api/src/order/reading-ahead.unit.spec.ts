import { describe, expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import type { Products } from '../shop.js';
import { product } from '../product/product.js';
import { readingAhead } from './reading-ahead.js';

const clock = manualClock();
const state = { state: product.initialState(), revision: 0 };
const products = (count: number) => Array.from({ length: count }, (_, index) => `product-${index}`);

/** Notes what is read, and does what a test wants at each product. */
const noting = (at: (stream: string) => void = () => undefined) => {
  const read: string[] = [];
  const readFresh: Products['readFresh'] = (stream) => {
    read.push(stream);
    at(stream);
    return state;
  };
  return { read, readFresh };
};
const never = new AbortController().signal;

describe('Reading ahead', () => {
  it('reads each product that the end of the log names, and nothing else', async () => {
    const { read, readFresh } = noting();
    const named = ['wallet-ann', ...products(20), 'cart-ann', 'product-mug'];
    await readingAhead({ lastWritten: () => named }, { readFresh }, clock)(never);
    expect(read).toEqual([...products(20), 'product-mug']);
  });

  it('lets others have their turn, and stops soon when it is told to', async () => {
    const over = new AbortController();
    const { read, readFresh } = noting((stream) => {
      if (stream === 'product-20') setImmediate(() => over.abort());
    });
    await readingAhead({ lastWritten: () => products(1_000) }, { readFresh }, clock)(over.signal);
    expect(read.length).toBeGreaterThan(20);
    expect(read.length).toBeLessThan(50);
  });

  it('leaves out what cannot be read', async () => {
    const { read, readFresh } = noting((stream) => {
      if (stream === 'product-1') throw new Error('damaged');
    });
    await readingAhead({ lastWritten: () => products(3) }, { readFresh }, clock)(never);
    expect(read).toEqual(products(3));
  });

  it('does nothing on a store that does not know', async () => {
    const { read, readFresh } = noting();
    await readingAhead({}, { readFresh }, clock)(never);
    expect(read).toEqual([]);
  });
});
