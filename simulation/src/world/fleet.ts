import type { Fault } from '../faults/faults.js';
import { processNames, startProcess, type ProcessName, type Role, type Running, type World } from './processes.js';

/** The processes that run now, and what befalls them. */
export type Fleet = {
  readonly all: () => readonly Running[];
  /** One of those that take requests of a role; undefined while none does. */
  readonly oneOf: (role: Role) => Running | undefined;
  /**
   * Starts what is dead, wakes what is stopped, sets every clock right: from here on nothing goes wrong any more.
   * Answers how far, in milliseconds, any clock was ahead: what it dated is looked at no earlier.
   */
  readonly mend: () => number;
};

const restartMs = 4_000;
const stoppedMs = 45_000;
const graceMs = 20_000;
const hourMs = 3_600_000;

export const openFleet = (world: World): Fleet => {
  const { sim, faults, witness } = world;
  const { random } = sim;
  const running = new Map<ProcessName, Running>();
  const byActor = new Map<Running['actor'], Running>();
  const lives = new Map<ProcessName, number>();
  const init = sim.actor('init');
  let furthestAhead = 0;

  const start = (name: ProcessName): void => {
    if (running.has(name)) return;
    const life = (lives.get(name) ?? 0) + 1;
    lives.set(name, life);
    const one = startProcess(world, name, life);
    furthestAhead = Math.max(furthestAhead, one.skew);
    running.set(name, one);
    byActor.set(one.actor, one);
  };
  const startLater = (name: ProcessName): void => sim.start(sim.sleep(init, random() ** 2 * restartMs).then(() => start(name)));

  const land = (sent: () => void): void => {
    if (!faults.strikes('crash, and what was sent lands late')) return;
    const message = { who: sim.actor('what a dead process had sent') };
    witness.underWay.add(message);
    const arrive = () => {
      witness.underWay.delete(message);
      sent();
    };
    sim.start(sim.sleep(message.who, random() ** 2 * stoppedMs).then(arrive));
  };
  const kill = (one: Running): void => {
    running.delete(one.name);
    byActor.delete(one.actor);
    sim.trace.remark(`${one.actor.name} is killed`);
    for (const sent of sim.kill(one.actor)) land(sent);
    world.staging?.crash();
    for (const mourn of one.mourners) mourn();
    startLater(one.name);
  };
  const stopForAWhile = (one: Running): void => {
    sim.stop(one.actor);
    sim.start(sim.sleep(init, random() * stoppedMs).then(() => sim.resume(one.actor)));
  };
  const askToEnd = (one: Running): void => {
    one.ending = true;
    const ended = one.service.stop();
    const grace = sim.sleep(init, graceMs);
    sim.start(
      Promise.race([ended, grace]).then(() => {
        if (one.actor.alive) kill(one);
      }),
    );
  };
  const jump = (one: Running): void => {
    one.skew += (random() * 2 - 1) * hourMs;
    furthestAhead = Math.max(furthestAhead, one.skew);
  };

  /** Of the process that is about to go on. */
  const everyFate: readonly (readonly [Fault, (one: Running) => void])[] = [
    ['crash', kill],
    ['stopped for a while', stopForAWhile],
    ['asked to end', askToEnd],
    ['clock jumps', jump],
  ];
  const fates = everyFate.filter(([fault]) => faults.on.has(fault));
  sim.setChaos((next) => {
    if (faults.ended()) return true;
    const one = byActor.get(next.who);
    if (!one) return true;
    if (faults.strikes('crash of all')) [...running.values()].forEach(kill);
    for (const [fault, happen] of fates) if (one.actor.alive && !one.ending && faults.strikes(fault)) happen(one);
    if (one.actor.stopped) one.actor.held.push(next);
    return one.actor.alive && !one.actor.stopped;
  });

  for (const name of processNames) start(name);
  return {
    all: () => [...running.values()],
    oneOf: (role) => {
      const able = [...running.values()].filter((one) => one.role === role && !one.ending);
      return able[Math.floor(random() * able.length)];
    },
    mend: () => {
      for (const one of running.values()) {
        one.skew = 0;
        if (one.actor.stopped) sim.resume(one.actor);
      }
      for (const name of processNames) start(name);
      return furthestAhead;
    },
  };
};
