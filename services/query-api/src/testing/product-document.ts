import { searchForm, type ProductDocument } from '@shop/read-store';

/** A product that can be bought, named by its id unless it has a name. */
export const productDocument = (productId: string, more: Partial<ProductDocument> = {}): ProductDocument => ({
  productId,
  name: productId,
  searchName: searchForm(more.name ?? productId),
  price: 1_000,
  stock: 10,
  status: 'ACTIVE',
  revision: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
  ...more,
});
