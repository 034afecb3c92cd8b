import { offerPages, type OfferedPages } from '@shop/thread-calls';
import type { Query, ReadStore, Stored } from '../read-store.js';

export type Scan = { readonly collection: string; readonly query: Pick<Query, 'where' | 'order'> };
type ScanPages = OfferedPages<Scan, readonly Stored<object>[]>;

/** What a thread with a read store offers to others. */
export type OfferedReadStore = Omit<ReadStore, 'scan' | 'watch'> & {
  readonly nextOfScan: ScanPages['next'];
  readonly endScan: ScanPages['end'];
  /** From now on `changed` is told of changes of the collection. */
  readonly watch: (collection: string) => void;
};

const pageSize = 200;

const inPages = async function* <Item>(items: AsyncIterable<Item>): AsyncGenerator<readonly Item[]> {
  let page: Item[] = [];
  for await (const item of items) {
    page.push(item);
    if (page.length < pageSize) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
};

export const offerReadStore = (store: ReadStore, changed: (collection: string) => void): OfferedReadStore => {
  const { scan, watch, ...others } = store;
  const watched = new Set<string>();
  const scans: ScanPages = offerPages(({ collection, query }) => inPages(scan<object>(collection, query)));
  return {
    ...others,
    nextOfScan: scans.next,
    endScan: scans.end,
    watch: (collection) => {
      if (watched.has(collection)) return;
      watched.add(collection);
      watch(collection, () => changed(collection));
    },
  };
};
