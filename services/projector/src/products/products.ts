import type { ProductFact } from '@shop/events';
import { searchForm, type ProductDocument } from '@shop/read-store';
import { opened, projection } from '../projection.js';

const named = (name: string) => ({ name, searchName: searchForm(name) });

const registered = ({ data }: ProductFact<'ProductRegistered'>): ProductDocument => ({
  productId: data.productId,
  ...named(data.name),
  price: data.price,
  stock: data.available,
  status: 'ACTIVE',
  revision: data.revision,
  createdAt: data.occurredAt,
});

/** The catalogue with exact stock. A sale of what was reserved leaves the stock as it is, so StockSold costs no write here. */
export const products = projection({
  name: 'products',
  version: 2,
  handles: [
    'ProductRegistered',
    'ProductRepriced',
    'ProductRenamed',
    'ProductArchived',
    'StockAdjusted',
    'StockReserved',
    'StockReleased',
    'StockReturned',
  ],
  mixesStreams: false,
  documentIds: ({ data }) => [data.productId],
  evolve: (before, event, _, id) => {
    if (event.type === 'ProductRegistered') return registered(event);
    const product = opened(before, event, id);
    switch (event.type) {
      case 'ProductRepriced':
        return { ...product, price: event.data.price, revision: event.data.revision };
      case 'ProductRenamed':
        return { ...product, ...named(event.data.name), revision: event.data.revision };
      case 'ProductArchived':
        return { ...product, status: 'ARCHIVED', revision: event.data.revision };
      case 'StockAdjusted':
      case 'StockReserved':
      case 'StockReleased':
      case 'StockReturned':
        return { ...product, stock: event.data.available };
    }
  },
});
