import type { CartDocument, CartLine, ProductDocument } from '@shop/read-store';

export type CartWarning = 'NOT_ENOUGH_STOCK' | 'OUT_OF_STOCK' | 'UNAVAILABLE' | 'PRICE_CHANGED';

/** What keeps a line from being bought as it is. */
const obstacle = ({ quantity }: CartLine, product: ProductDocument | undefined): CartWarning | undefined => {
  if (product?.status !== 'ACTIVE') return 'UNAVAILABLE';
  if (product.stock === 0) return 'OUT_OF_STOCK';
  return product.stock < quantity ? 'NOT_ENOUGH_STOCK' : undefined;
};

/** A product that the read model of products has not got to yet (an eventual read) cannot be bought as far as this answer knows. */
const cartItem = (line: CartLine, product: ProductDocument | undefined) => {
  const unitPrice = product?.price ?? line.addedPrice;
  const blockedBy = obstacle(line, product);
  const warnings: CartWarning[] = blockedBy ? [blockedBy] : [];
  if (unitPrice !== line.addedPrice) warnings.push('PRICE_CHANGED');
  const item = {
    itemId: line.itemId,
    productId: line.productId,
    name: line.name,
    quantity: line.quantity,
    addedPrice: line.addedPrice,
    unitPrice,
    stock: product?.stock ?? 0,
    subtotal: unitPrice * line.quantity,
    addedAt: line.addedAt,
    warnings,
  };
  return { item, purchasable: blockedBy === undefined };
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** A cart at current prices, stock and catalogue. `subtotal` and `totalAmount` count every line, `purchasableAmount` those that nothing blocks. */
export const cartObject = ({ userId, lines, revision }: CartDocument, productOf: (productId: string) => ProductDocument | undefined) => {
  const judged = lines.map((line) => cartItem(line, productOf(line.productId)));
  const items = judged.map(({ item }) => item);
  return {
    userId,
    items,
    totalQuantity: sum(items.map(({ quantity }) => quantity)),
    totalAmount: sum(items.map(({ subtotal }) => subtotal)),
    purchasableAmount: sum(judged.map(({ item, purchasable }) => (purchasable ? item.subtotal : 0))),
    revision,
  };
};
