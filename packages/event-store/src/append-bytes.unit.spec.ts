import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { appendBytes, appendBytesAtMost } from './event-store.js';

it('takes no event for smaller than it is, and few for much larger', () => {
  const data = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }));
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), data, (type, value) => {
      const event = { id: 'id', type, data: value, metadata: { version: 1, correlationId: 'c', causationId: 'c' } };
      expect(appendBytesAtMost(event)).toBeGreaterThanOrEqual(appendBytes(event));
    }),
  );
  const plain = {
    id: 'id',
    type: 'Noted',
    data: { text: 'x'.repeat(1_000) },
    metadata: { version: 1, correlationId: 'c', causationId: 'c' },
  };
  expect(appendBytesAtMost(plain)).toBeLessThan(7 * appendBytes(plain));
});
