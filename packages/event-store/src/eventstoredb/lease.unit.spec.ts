import { describe, expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import { openLease } from './lease.js';

const client = {};
const opened = (leaseMs = 500) => {
  const clock = manualClock();
  return { clock, lease: openLease(clock, leaseMs) };
};

describe('the lease under which reads are exact', () => {
  it('is not there before an append was acknowledged', () => {
    const { lease } = opened();
    const acknowledged = lease.appending(client, 'first');
    expect(lease.reading(client)).toBeUndefined();
    acknowledged();
    expect(lease.reading(client)).toBeDefined();
  });

  it('counts from when the append was sent, not from its answer', async () => {
    const { lease, clock } = opened();
    const acknowledged = lease.appending(client, 'first');
    await clock.advance(400);
    acknowledged();
    expect(lease.reading(client)).toBeDefined();
    await clock.advance(100);
    expect(lease.reading(client)).toBeDefined();
    await clock.advance(1);
    expect(lease.reading(client)).toBeUndefined();
  });

  it('never comes from a repeated append: a deposed leader answers it from its own log', () => {
    const { lease } = opened();
    lease.appending(client, 'repeated')();
    expect(lease.reading(client)).toBeUndefined();
  });

  it('is gone when any call of the client fails, and an append sent before that does not bring it back', () => {
    const { lease } = opened();
    lease.appending(client, 'first')();
    const underway = lease.appending(client, 'first');
    lease.failed(client);
    expect(lease.reading(client)).toBeUndefined();
    underway();
    expect(lease.reading(client)).toBeUndefined();
    lease.appending(client, 'first')();
    expect(lease.reading(client)).toBeDefined();
  });

  it('is not handed on to a new client', () => {
    const { lease } = opened();
    lease.appending(client, 'first')();
    expect(lease.reading({})).toBeUndefined();
  });

  it('lets an answer count however late it comes, unless a call failed meanwhile', async () => {
    const { lease, clock } = opened();
    lease.appending(client, 'first')();
    const leave = lease.reading(client);
    await clock.advance(5_000);
    expect(leave?.counts()).toBe(true);
    expect(leave?.holds()).toBe(false);
    lease.failed(client);
    expect(leave?.counts()).toBe(false);
  });

  it('is due for renewal at half time', async () => {
    const { lease, clock } = opened();
    expect(lease.isDue(client)).toBe(true);
    lease.appending(client, 'first')();
    expect(lease.isDue(client)).toBe(false);
    await clock.advance(251);
    expect(lease.isDue(client)).toBe(true);
  });

  it('keeps the later of two appends whose answers cross', async () => {
    const { lease, clock } = opened();
    const first = lease.appending(client, 'first');
    await clock.advance(300);
    const second = lease.appending(client, 'first');
    second();
    first();
    await clock.advance(300);
    expect(lease.reading(client)).toBeDefined();
  });

  it('asks for nothing where the server is one node, until that turns out to be wrong', () => {
    const { lease } = opened(0);
    expect([lease.isOn(), lease.isDue(client)]).toEqual([false, false]);
    expect(lease.reading(client)?.counts()).toBe(true);
    lease.turnOn();
    expect(lease.isOn()).toBe(true);
    expect(lease.reading(client)).toBeUndefined();
  });
});
