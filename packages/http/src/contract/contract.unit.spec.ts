import { describe, expect, it } from '@jest/globals';
import { inputErrors, pointer } from '../input-errors.js';
import type { Route } from '../route.js';
import {
  adjustStock,
  addCartItem,
  allRoutes,
  changeProduct,
  chargeBalance,
  checkoutCart,
  getBalance,
  listOrders,
  listProducts,
  listTransactions,
  placeOrder,
  registerProduct,
  topProducts,
} from './index.js';

/** What is wrong with an input, as `code path`; empty where it is right. */
const wrong = (schema: Route['body'], input: unknown): string[] => {
  const parsed = schema?.safeParse(input);
  return parsed?.success === false ? inputErrors('body', parsed.error, input).map(({ code, path }) => `${code} ${pointer(path)}`) : [];
};
const parsed = (schema: Route['body'], input: unknown): unknown => schema?.parse(input);

describe('ids', () => {
  it.each([
    [1, '1'],
    [0, '0'],
    [-0, '0'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    ['01', '01'],
    ['U1', 'U1'],
    ['a:b@c|d+e=f-g.h_i~j', 'a:b@c|d+e=f-g.h_i~j'],
  ])('takes user %p as %p', (sent, userId) => {
    expect(parsed(chargeBalance.body, { userId: sent, amount: 1 })).toEqual({ userId, amount: 1 });
  });

  it.each([
    [-1, 'invalid_type'],
    [1.5, 'invalid_type'],
    [Number.MAX_SAFE_INTEGER + 1, 'invalid_type'],
    [null, 'invalid_type'],
    [true, 'invalid_type'],
    [{ $ne: '' }, 'invalid_type'],
    [['u1'], 'invalid_type'],
    ['', 'too_small'],
    ['a'.repeat(129), 'too_big'],
    ['a b', 'invalid_format'],
    ['a/b', 'invalid_format'],
    ['사용자', 'invalid_format'],
    ['a\0', 'invalid_format'],
    ['a\ud800', 'invalid_format'],
    ['u1\n', 'invalid_format'],
    ['.', 'not_allowed'],
    ['..', 'not_allowed'],
  ])('refuses user %p as %s', (userId, code) => {
    expect(wrong(chargeBalance.body, { userId, amount: 1 })).toEqual([`${code} /userId`]);
  });

  it.each([
    ['top', 'not_allowed'],
    ['..', 'not_allowed'],
    ['a:b', 'invalid_format'],
    ['p'.repeat(65), 'too_big'],
  ])('refuses product %p as %s', (productId, code) => {
    expect(wrong(registerProduct.body, { productId, name: 'n', price: 1 })).toEqual([`${code} /productId`]);
    expect(wrong(addCartItem.body, { productId })).toEqual([`${code} /productId`]);
  });

  it('knows no product "top" but takes "Top", which is another word', () => {
    expect(wrong(addCartItem.body, { productId: 'Top' })).toEqual([]);
  });
});

describe('money and quantities', () => {
  it.each([1, 1.0, 1e3, 1_000_000_000_000])('takes a charge of %p', (amount) => {
    expect(wrong(chargeBalance.body, { amount })).toEqual([]);
  });

  it.each([
    ['5', 'invalid_type'],
    [1.5, 'invalid_type'],
    [null, 'invalid_type'],
    [undefined, 'required'],
    [0, 'too_small'],
    [-0, 'too_small'],
    [-1, 'too_small'],
    [1_000_000_000_001, 'too_big'],
    [2 ** 53, 'too_big'],
    [1e308, 'too_big'],
    [Infinity, 'too_big'],
    [-Infinity, 'too_small'],
  ])('refuses a charge of %p as %s', (amount, code) => {
    expect(wrong(chargeBalance.body, { amount })).toEqual([`${code} /amount`]);
  });

  it('makes nothing out of minus nothing', () => {
    const { price } = registerProduct.body.parse({ name: 'n', price: -0 });
    expect(Object.is(price, 0)).toBe(true);
  });

  it('sums the lines of one product, and names the line that goes too far', () => {
    const line = (productId: string | number, quantity: number) => ({ productId, quantity });
    expect(wrong(placeOrder.body, { items: [line('1', 9_999), line(1, 1)] })).toEqual([]);
    expect(wrong(placeOrder.body, { items: [line('1', 9_999), line('2', 5), line(1, 2), line(1, 1)] })).toEqual([
      'too_big /items/2/quantity',
    ]);
  });

  it('takes 1 to 100 lines', () => {
    const lines = (count: number) => Array.from({ length: count }, (_, index) => ({ productId: index, quantity: 1 }));
    expect(wrong(placeOrder.body, { items: lines(100) })).toEqual([]);
    expect(wrong(placeOrder.body, { items: lines(101) })).toEqual(['too_big /items']);
    expect(wrong(placeOrder.body, { items: [] })).toEqual(['too_small /items']);
    expect(wrong(placeOrder.body, {})).toEqual(['required /items']);
  });

  it('names every value that is wrong, each where it stands', () => {
    const input = { items: [{ productId: 'top', quantity: 0 }, { quantity: 1.5, unitPrice: 1 }, 7], status: 'PAID', expectedTotal: -1 };
    expect(wrong(placeOrder.body, input).sort()).toEqual([
      'invalid_type /items/1/quantity',
      'invalid_type /items/2',
      'not_allowed /items/0/productId',
      'required /items/1/productId',
      'too_small /expectedTotal',
      'too_small /items/0/quantity',
      'unknown_key /items/1/unitPrice',
      'unknown_key /status',
    ]);
  });
});

describe('strict objects', () => {
  it.each(['status', 'price', 'constructor', 'toString'])('refuses the unknown field %p', (key) => {
    expect(wrong(chargeBalance.body, { amount: 1, [key]: 1 })).toEqual([`unknown_key /${key}`]);
  });

  it('refuses __proto__ like any other name it does not know', () => {
    expect(wrong(chargeBalance.body, JSON.parse('{"amount":1,"__proto__":{"admin":true}}'))).toEqual(['unknown_key /__proto__']);
  });

  it('escapes odd names in pointers', () => {
    expect(wrong(chargeBalance.body, { amount: 1, 'a/b~c': 1 })).toEqual(['unknown_key /a~1b~0c']);
  });

  it.each([[[]], [null], ['{}'], [7]])('refuses %p where an object belongs', (body) => {
    expect(wrong(chargeBalance.body, body)).toEqual(['invalid_type ']);
  });

  it('every route takes only what it names', () => {
    const open = allRoutes.flatMap(({ path, body, query, params }) =>
      [body, query, params]
        .filter((schema) => schema !== undefined && !wrong(schema, { nonsense: 1 }).includes('unknown_key /nonsense'))
        .map(() => path),
    );
    expect(open).toEqual([]);
  });
});

describe('texts', () => {
  it('trims names and brings them into one form', () => {
    const decomposed = '  머그컵 '.normalize('NFD');
    expect(parsed(registerProduct.body, { name: decomposed, price: 1 })).toEqual({ name: '머그컵', price: 1, stock: 0 });
  });

  it.each([
    ['', 'too_small'],
    ['   ', 'too_small'],
    ['a'.repeat(201), 'too_big'],
    ['a\u0007b', 'invalid_format'],
    ['a\nb', 'invalid_format'],
    ['a\0b', 'invalid_format'],
    ['a\ud83d', 'invalid_format'],
    [7, 'invalid_type'],
  ])('refuses the name %p as %s', (name, code) => {
    expect(wrong(registerProduct.body, { name, price: 1 })).toEqual([`${code} /name`]);
  });

  it('counts characters as people do', () => {
    expect(wrong(registerProduct.body, { name: '🎁'.repeat(200), price: 1 })).toEqual([]);
    expect(wrong(registerProduct.body, { name: '🎁'.repeat(201), price: 1 })).toEqual(['too_big /name']);
  });

  it.each([
    ['', 'too_small'],
    ['r'.repeat(201), 'too_big'],
    ['\ud800', 'invalid_format'],
  ])('refuses the reason %p as %s', (reason, code) => {
    expect(wrong(adjustStock.body, { delta: 1, reason })).toEqual([`${code} /reason`]);
  });
});

describe('changes', () => {
  it('a change of a product changes something', () => {
    expect(wrong(changeProduct.body, {})).toEqual(['required ']);
    expect(wrong(changeProduct.body, { price: 0 })).toEqual([]);
  });

  it('an adjustment says by how much or to what, not both, and not nothing', () => {
    const reason = 'damaged';
    expect(wrong(adjustStock.body, { delta: -3, reason })).toEqual([]);
    expect(wrong(adjustStock.body, { setTo: 0, expectedStock: 3, reason })).toEqual([]);
    expect(wrong(adjustStock.body, { reason })).toEqual(['required /delta']);
    expect(wrong(adjustStock.body, { delta: 1, setTo: 1, reason })).toEqual(['not_allowed /setTo']);
    expect(wrong(adjustStock.body, { delta: 0, reason })).toEqual(['not_allowed /delta']);
    expect(wrong(adjustStock.body, { delta: -1_000_000_001, reason })).toEqual(['too_small /delta']);
  });

  it('a checkout may name lines', () => {
    expect(wrong(checkoutCart.body, {})).toEqual([]);
    expect(wrong(checkoutCart.body, { itemIds: ['c1', 7] })).toEqual([]);
    expect(wrong(checkoutCart.body, { itemIds: [] })).toEqual(['too_small /itemIds']);
  });
});

describe('queries', () => {
  it('starts at page 1 with 20 products', () => {
    expect(parsed(listProducts.query, {})).toEqual({ page: 1, limit: 20 });
    expect(parsed(listProducts.query, { page: '3', limit: '100', inStock: 'true', minPrice: '0', sort: '-price' })).toEqual({
      page: 3,
      limit: 100,
      inStock: true,
      minPrice: 0,
      sort: '-price',
    });
  });

  it.each([
    [{ page: '0' }, 'too_small /page'],
    [{ page: '1000001' }, 'too_big /page'],
    [{ page: '99999999999999999999' }, 'too_big /page'],
    [{ limit: '101' }, 'too_big /limit'],
    [{ limit: '1.5' }, 'invalid_type /limit'],
    [{ limit: '1e1' }, 'invalid_type /limit'],
    [{ limit: '' }, 'invalid_type /limit'],
    [{ limit: ' 1' }, 'invalid_type /limit'],
    [{ limit: '-1' }, 'too_small /limit'],
    [{ inStock: 'yes' }, 'invalid_type /inStock'],
    [{ sort: 'stock' }, 'not_allowed /sort'],
    [{ q: '' }, 'too_small /q'],
    [{ filter: '1' }, 'unknown_key /filter'],
  ])('refuses %j', (query, problem) => {
    expect(wrong(listProducts.query, query)).toEqual([problem]);
  });

  it('takes any RFC 3339 time and makes it UTC with milliseconds', () => {
    expect(parsed(topProducts.query, { asOf: '2026-01-05T12:04:05+09:00' })).toEqual({ asOf: '2026-01-05T03:04:05.000Z', limit: 5 });
    expect(wrong(topProducts.query, { asOf: '2026-01-05' })).toEqual(['invalid_format /asOf']);
    expect(wrong(topProducts.query, { asOf: '2026-02-30T00:00:00Z' })).toEqual(['invalid_format /asOf']);
    expect(wrong(topProducts.query, { limit: '21' })).toEqual(['too_big /limit']);
    expect(parsed(topProducts.query, { asOf: '2026-01-05t03:04:05.5z' })).toMatchObject({ asOf: '2026-01-05T03:04:05.500Z' });
    expect(wrong(topProducts.query, { asOf: '2026-01-05T03:04Z' })).toEqual(['invalid_format /asOf']);
  });

  // Times are compared as texts, and a year of more than four digits would come before all others.
  it.each(['9999-12-31T23:59:59-01:00', '0000-01-01T00:00:00+01:00'])(
    'takes no time that leaves the years 0000 to 9999 in UTC: %s',
    (time) => {
      expect(wrong(topProducts.query, { asOf: time })).toEqual(['invalid_format /asOf']);
      expect(wrong(listOrders.query, { to: time })).toEqual(['invalid_format /to']);
    },
  );

  it('histories take a cursor as it comes', () => {
    expect(parsed(listOrders.query, { cursor: 'AbC_1', status: 'PAID' })).toEqual({ cursor: 'AbC_1', status: 'PAID', limit: 20 });
    expect(wrong(listTransactions.query, { type: 'charge' })).toEqual(['not_allowed /type']);
    expect(wrong(getBalance.params, { userId: 'a b' })).toEqual(['invalid_format /userId']);
  });
});

describe('the table of routes', () => {
  it('says for every POST what a key does, and for no other method', () => {
    expect(allRoutes.filter(({ method, idempotency }) => (method === 'post') !== (idempotency !== undefined))).toEqual([]);
  });

  it('judges If-Match exactly where it can answer REVISION_MISMATCH', () => {
    expect(allRoutes.filter(({ ifMatch, problems }) => (ifMatch === true) !== problems.includes('REVISION_MISMATCH'))).toEqual([]);
  });

  it('has writes at the command api and reads at the query api', () => {
    expect(allRoutes.filter(({ method, service }) => (method === 'get') !== (service === 'query-api'))).toEqual([]);
    expect(allRoutes).toHaveLength(22);
  });
});
