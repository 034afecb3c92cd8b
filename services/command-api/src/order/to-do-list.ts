import { loadProgress, type ReadStore, type ToDoDocument } from '@shop/read-store';
import type { DueEntry, UnbookedSale, UnfinishedCheckout, UnfinishedWallet } from './recovery.js';

/** What the list names that is at least as old as `until`, oldest products first, and no more than about `most`. It may be behind the log. */
export const dueEntries = async (
  store: ReadStore,
  { until, most, isWanted }: { readonly until: string; readonly most: number; readonly isWanted: (entry: DueEntry) => boolean },
): Promise<readonly DueEntry[]> => {
  const model = await loadProgress(store, 'to-do');
  if (!model) return [];
  const due: DueEntry[] = [];
  const documents = store.scan<ToDoDocument>(model.collection, {
    where: [{ field: 'oldest', is: '<=', value: until }],
    order: [
      { field: 'oldest', direction: 'ascending' },
      { field: 'productId', direction: 'ascending' },
    ],
  });
  for await (const { document } of documents) {
    const { productId, entries } = document;
    for (const entry of entries) {
      const named = { ...entry, productId };
      if (entry.since <= until && isWanted(named)) due.push(named);
    }
    if (due.length >= most) break;
  }
  return due;
};

const byCheckout = (entries: readonly DueEntry[]): readonly UnfinishedCheckout[] => {
  const checkouts = new Map<string, UnfinishedCheckout & { readonly entries: DueEntry[] }>();
  for (const entry of entries) {
    const { userId, orderId, checkoutId } = entry;
    const key = JSON.stringify([userId, orderId, checkoutId]);
    const checkout = checkouts.get(key);
    if (checkout) checkout.entries.push(entry);
    else checkouts.set(key, { userId, orderId, checkoutId, entries: [entry] });
  }
  return [...checkouts.values()];
};

/** One look at a wallet serves everything that its checkouts left open. */
export const byWallet = (entries: readonly DueEntry[]): readonly UnfinishedWallet[] => {
  const wallets = new Map<string, UnfinishedWallet & { readonly checkouts: UnfinishedCheckout[] }>();
  for (const checkout of byCheckout(entries)) {
    const { userId } = checkout;
    const known = wallets.get(userId);
    if (known) known.checkouts.push(checkout);
    else wallets.set(userId, { userId, checkouts: [checkout] });
  }
  return [...wallets.values()];
};

/** More in one event gain nothing, and an append has to hold it. */
const entriesPerSale = 500;

/** One append closes what many checkouts have sold of a product. */
export const byProduct = (entries: readonly DueEntry[]): readonly UnbookedSale[] => {
  const open = new Map<string, DueEntry[]>();
  const sales: UnbookedSale[] = [];
  for (const entry of entries) {
    const { productId } = entry;
    const begun = open.get(productId);
    if (begun && begun.length < entriesPerSale) {
      begun.push(entry);
      continue;
    }
    const sale = { productId, entries: [entry] };
    open.set(productId, sale.entries);
    sales.push(sale);
  }
  return sales;
};
