import { describe, expect, it } from '@jest/globals';
import type { Operation } from './operation.js';
import { witness } from './witness.js';

/** A wallet: charged 100, charged 50, spent 30. */
const values = [100, 150, 120];
const charge: Operation = { name: 'charge 100', begin: 1, end: 2, adds: 100, saw: 100, revision: 0 };
const more: Operation = { name: 'charge 50', begin: 3, end: 6, adds: 50, saw: 150, revision: 1 };
const order: Operation = { name: 'order', begin: 5, end: 8, adds: -30, saw: 120, revision: 2 };
const writes = [charge, more, order];
const read = (begin: number, end: number, saw: number, revision?: number): Operation => ({ name: 'read', begin, end, saw, revision });
const kinds = (...operations: Operation[]) => witness(values, operations).map(({ kind, operation }) => `${kind}: ${operation}`);

describe('the witness check', () => {
  it('believes what the log bears out, in the order of time', () => {
    expect(kinds(...writes, read(0, 1, 0, -1), read(4, 7, 100, 0), read(9, 10, 120, 2))).toEqual([]);
  });

  it('lets what overlaps be in either order', () => {
    expect(kinds(...writes, read(7, 9, 150, 1), read(2, 3, 0, -1))).toEqual([]);
  });

  it('names a forged read: a number that was not there at its revision', () => {
    expect(kinds(...writes, read(9, 10, 121, 2))).toEqual(['forged read: read']);
    expect(kinds(...writes, read(9, 10, 120, 3))).toEqual(['forged read: read']);
  });

  it('names a stale read: one from before what had ended when it began', () => {
    expect(kinds(...writes, read(9, 10, 150, 1))).toEqual(['stale read: read']);
    expect(kinds(...writes, read(5.1, 5.2, 150, 1), read(5.3, 5.4, 100, 0))).toEqual(['stale read: read']);
  });

  it('names a lost update: acknowledged and not in the log, or overwritten there, or written into the past', () => {
    expect(kinds(charge, { ...more, revision: undefined })).toEqual(['lost update: charge 50']);
    expect(kinds(...writes, { ...order, name: 'another', revision: 7 })).toEqual(['lost update: another']);
    expect(kinds(charge, more, { ...more, name: 'the other charge' })).toContain('lost update: the other charge');
    expect(kinds({ ...more, begin: 0, end: 0.5 }, charge)).toContain('lost update: charge 100');
  });

  it('names a write that did something else than it was answered', () => {
    expect(kinds({ ...charge, saw: 101 })).toEqual(['forged write: charge 100']);
    expect(kinds(charge, { ...more, adds: 49 })).toEqual(['forged write: charge 50']);
    expect(witness([-1], [{ ...charge, adds: -1, saw: -1 }])).toHaveLength(1);
  });

  it('finds for an answer without a revision a moment at which it was true, and names one for which there is none', () => {
    expect(kinds(...writes, read(6.5, 7, 150), read(7.5, 9, 120))).toEqual([]);
    expect(kinds(...writes, read(9, 10, 150))).toEqual(['untrue answer: read']);
    expect(kinds(...writes, read(0.1, 0.9, 100))).toEqual(['untrue answer: read']); // the charge began later
    expect(kinds(...writes, read(6.1, 6.2, 120), read(6.3, 6.4, 150))).toEqual(['untrue answer: read']);
  });

  it('asks nothing of what was never acknowledged', () => {
    expect(kinds(charge, { ...more, end: Infinity, revision: undefined, saw: undefined })).toEqual([]);
    expect(kinds(charge, { ...more, end: Infinity, saw: undefined }, order)).toEqual([]);
  });
});
