import type { Say } from '../finding.js';
import type { Judge } from '../judge.js';
import { cartLinesIn, type CartLineBook, type FactOf, type Ledger } from '../ledger/ledger.js';

const linesPerCart = 100;

const judgeAddition = ({ data }: FactOf<'CartItemAdded'>, ledger: Readonly<Ledger>, say: Say): void => {
  const { userId, itemId, productId, quantity, lineQuantity } = data;
  const lines = cartLinesIn(ledger, userId);
  const there = lines.get(itemId);
  const about = `cart line ${itemId}`;
  const expected = (there?.quantity ?? 0) + quantity;
  if (lineQuantity !== expected) say('I15', `quantity of ${about}`, expected, lineQuantity);
  if (there) {
    if (there.productId !== productId) say('I15', about, `product ${there.productId}`, `product ${productId}`);
    return;
  }
  if (ledger.itemIds.has(itemId)) say('I15', about, 'an id that was never used before', 'opened again');
  if (lines.size >= linesPerCart) say('I15', about, `at most ${linesPerCart} lines`, lines.size + 1);
  for (const [other, line] of lines)
    if (line.productId === productId) say('I15', about, `one line for product ${productId}, ${other}`, 'another');
};

const judgeLine = (line: CartLineBook | undefined, productId: string, about: string, say: Say): void => {
  if (line?.productId !== productId)
    say('I15', about, line ? `product ${line.productId}` : 'a line that is in the cart', `product ${productId}`);
};

/** I15, of carts: a line exists before it changes, stays positive while it does, and its id opens once. (Taking out is I16.) */
export const cartLinesExist: Judge = {
  invariants: ['I15'],
  before: ({ event }, ledger, say) => {
    if (event.type === 'CartItemAdded') judgeAddition(event, ledger, say);
    if (event.type !== 'CartItemQuantityChanged' && event.type !== 'CartItemRemoved') return;
    const { userId, itemId, productId } = event.data;
    judgeLine(cartLinesIn(ledger, userId).get(itemId), productId, `cart line ${itemId}`, say);
  },
};
