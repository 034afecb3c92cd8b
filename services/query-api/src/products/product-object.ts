import type { ProductDocument } from '@shop/read-store';

export const productObject = ({ productId, name, price, stock, status, revision, createdAt }: ProductDocument) => ({
  productId,
  name,
  price,
  stock,
  status,
  revision,
  createdAt,
});
