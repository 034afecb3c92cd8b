import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@shop/clock';
import { withoutChance } from './no-chance.js';
import { simulation } from './simulation.js';

const open = (seed = 1, impatience = 0) => simulation({ random: seededRandom(seed), impatience, mostChoices: 1_000 });

/** Actors that note every step they take. */
const walkers = (seed: number) => {
  const sim = open(seed);
  const steps: string[] = [];
  let walking = 3;
  for (const name of ['a', 'b', 'c']) {
    const actor = sim.actor(name);
    const walk = async () => {
      for (let step = 1; step <= 3; step += 1) {
        await sim.step(actor, 'walk');
        steps.push(`${name}${step}`);
      }
      walking -= 1;
    };
    sim.start(walk());
  }
  return { sim, steps, end: () => walking === 0 };
};

describe('the scheduler of a simulation', () => {
  it('lets one actor go on at a time, the seed says which', async () => {
    const [one, same, other] = [walkers(1), walkers(1), walkers(2)];
    for (const { sim, end } of [one, same, other]) await sim.run(end);
    expect(one.steps).toEqual(same.steps);
    expect(one.sim.trace.hash()).toBe(same.sim.trace.hash());
    expect(one.steps).not.toEqual(other.steps);
    expect([...one.steps].sort()).toEqual([...other.steps].sort());
  });

  it('lets time pass only when nobody can go on, and wakes sleepers in order', async () => {
    const sim = open();
    const woken: string[] = [];
    const actor = sim.actor('sleeper');
    for (const ms of [300, 100, 200]) sim.start(sim.sleep(actor, ms).then(() => woken.push(`${ms} at ${sim.now()}`)));
    await sim.run(() => woken.length === 3);
    expect(woken).toEqual(['100 at 100', '200 at 200', '300 at 300']);
  });

  it('lets impatient time pass although calls are under way', async () => {
    const { steps, sim } = { ...walkers(1), sim: open(1, 1) };
    const actor = sim.actor('late');
    let order = '';
    sim.start(sim.sleep(actor, 5).then(() => (order += 'timer ')));
    const work = async () => {
      for (let step = 0; step < 20; step += 1) await sim.step(actor, 'work');
      order += 'work';
    };
    sim.start(work());
    await sim.run(() => order.includes('work'));
    expect(order).toBe('timer work');
    expect(steps).toEqual([]);
  });

  it('runs neither catch nor finally of what it kills', async () => {
    const sim = open();
    const actor = sim.actor('killed');
    let ran = '';
    const work = async () => {
      try {
        await sim.step(actor, 'work');
        ran += 'went on';
      } catch {
        ran += 'caught';
      } finally {
        ran += 'finally';
      }
    };
    sim.start(work());
    sim.kill(actor);
    const other = sim.actor('other');
    let done = false;
    sim.start(sim.sleep(other, 1_000).then(() => (done = true)));
    await sim.run(() => done);
    expect(ran).toBe('');
  });

  it('holds what a stopped actor would do until it is woken', async () => {
    const sim = open();
    const actor = sim.actor('stopped');
    let at: number | undefined;
    sim.start(sim.sleep(actor, 10).then(() => (at = sim.now())));
    sim.stop(actor);
    sim.start(sim.sleep(sim.actor('waker'), 5_000).then(() => sim.resume(actor)));
    await sim.run(() => at !== undefined);
    expect(at).toBe(5_000);
  });

  it('wakes whoever sleeps at once when told to, and forgets the timer', async () => {
    const sim = open();
    const actor = sim.actor('sleeper');
    const end = new AbortController();
    let awake = false;
    sim.start(sim.sleep(actor, 1_000, end.signal).then(() => (awake = true)));
    end.abort();
    await sim.run(() => awake);
    expect(sim.now()).toBe(0);
    expect(sim.canGoOn()).toBe(false);
  });

  it('says so where nobody can go on any more, where it never ends, and where something failed', async () => {
    await expect(open().run(() => false)).rejects.toThrow('deadlock');
    const endless = open();
    const actor = endless.actor('a');
    const walk = async () => {
      for (;;) await endless.step(actor, 'walk');
    };
    endless.start(walk());
    await expect(endless.run(() => false)).rejects.toThrow('livelock');
    const failing = open();
    failing.start(Promise.reject(new Error('broken')));
    await expect(failing.run(() => false)).rejects.toThrow('broken');
  });
});

describe('a simulation without chance', () => {
  it('has no clock, timers or random numbers but its own', async () => {
    await withoutChance(async () => {
      expect(() => Date.now()).toThrow('Date.now');
      expect(() => new Date()).toThrow('new Date()');
      expect(() => Math.random()).toThrow('Math.random');
      expect(() => setTimeout(() => undefined, 1)).toThrow('setTimeout');
      expect(() => performance.now()).toThrow('performance.now');
      expect(new Date(0).toISOString()).toBe('1970-01-01T00:00:00.000Z');
      expect(Date.parse('1970-01-01T00:00:01.000Z')).toBe(1_000);
    });
    expect(Date.now()).toBeGreaterThan(0);
  });
});
