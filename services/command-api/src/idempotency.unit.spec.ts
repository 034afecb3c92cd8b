import { describe, expect, it } from '@jest/globals';
import { nameBasedId, operationIdFor, orderIdFor, productIdFor } from './idempotency.js';

const newId = () => 'new';

describe('what a key names', () => {
  const request = { userId: 'mina', caller: 'mina', idempotencyKey: 'k1' };

  it('is the same for ever: orders, charges and products that were made under a key are found by it', () => {
    expect(orderIdFor({ ...request, idempotencyKey: 'order-1' }, newId)).toBe('5563b4cb-253d-5c96-921a-fc13a8f8b024');
    expect(operationIdFor(request, 'charge', 'mina', newId)).toBe('5b7366f2-0e4c-5aeb-b7b0-34deb454bbc1');
    expect(productIdFor({ ...request, caller: 'shopkeeper' }, newId)).toBe('f9c4c5df-f414-54d4-8c32-7abd8c5327cb');
  });

  it('is another thing for another owner, caller or operation', () => {
    const ids = [
      orderIdFor(request, newId),
      orderIdFor({ ...request, userId: 'jun' }, newId),
      operationIdFor(request, 'charge', 'mina', newId),
      operationIdFor(request, 'charge', 'jun', newId),
      operationIdFor(request, 'cart-addition', 'mina', newId),
      operationIdFor({ ...request, caller: 'shopkeeper' }, 'charge', 'mina', newId),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is new without a key', () => {
    expect(orderIdFor({ userId: 'mina', caller: 'mina' }, newId)).toBe('new');
  });
});

/** As the package `uuid` makes them of the same names. */
it.each([
  ['', '9bac721d-58e0-51bb-8ff4-aa92ea4f3fd9'],
  ['머그컵 ☕', '2f958c21-0392-56d8-8dcd-4acf8f6ac56d'],
  ['x'.repeat(300), 'b0365022-2219-5e1c-b489-26379dc6244f'],
  ['n0', '556106ac-2dae-5394-83e0-6f29c471d420'],
  ['n1', 'c88681c1-1efe-5411-a313-94d6f27663c0'],
  ['n3', '67b562ed-5283-593e-9f2c-e498a49d5ad9'],
  ['n7', 'e60701c9-9d84-5609-b26e-c96c17e9e955'],
])('names %j by a UUID of version 5', (name, id) => {
  expect(nameBasedId(name)).toBe(id);
});
