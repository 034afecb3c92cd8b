import { expect, it } from '@jest/globals';
import { Problem } from './problem.js';

it('a refusal takes no stack down, and leaves that of faults as it was', () => {
  expect(new Problem('INSUFFICIENT_STOCK').stack).not.toContain('problem.unit.spec');
  const fault = new Error('a fault');
  expect(fault.stack).toContain('problem.unit.spec');
  expect(new Problem('INTERNAL_ERROR', {}, { cause: fault }).cause).toBe(fault);
});
