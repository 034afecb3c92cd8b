import type { Random } from '@shop/clock';
import { timerQueue, type Timer } from './timer-queue.js';
import { openTrace, type Trace } from './trace.js';

/** Whoever waits for the scheduler: a process, a client, a message on its way. */
export type Actor = {
  readonly name: string;
  /** Tells actors apart in the trace; never used again. */
  readonly number: number;
  alive: boolean;
  /** Stopped as by SIGSTOP: nothing of it goes on, time does. */
  stopped: boolean;
  /** What would have gone on meanwhile. */
  readonly held: Waiting[];
};

export type Waiting = {
  readonly who: Actor;
  /** What it waits to do. */
  readonly point: string;
  /** What it is about: a stream, a collection. */
  readonly about: string;
  readonly go: () => void;
  /** What happens in the world even if its actor dies before: a message already sent. */
  readonly sent?: (() => void) | undefined;
};

/** Decides about every choice before it is carried out; false drops it, because its actor was killed. */
export type Chaos = (next: Waiting) => boolean;

export type SimulationOptions = {
  /** The only source of chance. */
  readonly random: Random;
  /** How often the next timer goes off although something else could go on: 0 is a world where every call is quick. */
  readonly impatience: number;
  /** Most choices: more is a livelock. */
  readonly mostChoices?: number;
};

export type Simulation = {
  readonly random: Random;
  /** Milliseconds since the beginning. */
  readonly now: () => number;
  /** Whether anybody can go on, now or later. */
  readonly canGoOn: () => boolean;
  /** Choices so far: a time that rises with everything that happens. */
  readonly choices: () => number;
  readonly trace: Trace;
  readonly actor: (name: string) => Actor;
  /** Waits until the scheduler chooses it. Never settles where its actor is dead. */
  readonly step: (who: Actor, point: string, about?: string, sent?: () => void) => Promise<void>;
  /** Resolves after `ms`, or at once when the signal is aborted. */
  readonly sleep: (who: Actor, ms: number, signal?: AbortSignal) => Promise<void>;
  /** Calls after `ms`, unless what it answers is called before. */
  readonly after: (who: Actor, ms: number, go: () => void) => () => void;
  /** Runs something to its end; its failure is that of the simulation. */
  readonly start: (main: Promise<unknown>) => void;
  readonly fail: (error: unknown) => void;
  /** What the actor waits for never comes: as after SIGKILL no `catch` and no `finally` runs. Answers what it had sent already. */
  readonly kill: (who: Actor) => (() => void)[];
  readonly stop: (who: Actor) => void;
  readonly resume: (who: Actor) => void;
  /** Time passes in which nobody gets to do anything. */
  readonly leap: (ms: number) => void;
  /** From here on time passes only where nobody can go on: every call is quick. */
  readonly calm: () => void;
  /** Looked at before every choice. */
  readonly setChaos: (chaos: Chaos) => void;
  /**
   * Lets actors go on, one at a time, until something holds or a time has come.
   * @throws what was reported by `fail`; Error where nobody can go on any more, or where it does not end
   */
  readonly run: (until: () => boolean) => Promise<void>;
};

const resolved = Promise.resolve();
/**
 * Calls when every promise that can go on has gone on: ticks come after all microtasks. Asked for by a microtask, because a tick that asks
 * for another one gets it before them.
 */
const whenSettled = (turn: () => void): void => void resolved.then(() => process.nextTick(turn));

const never = (): Promise<never> => new Promise(() => undefined);

/** One world: who goes on next is drawn at random, so one seed is one history. */
export const simulation = ({ random, impatience: first, mostChoices = 200_000 }: SimulationOptions): Simulation => {
  const waiting: Waiting[] = [];
  const timers = timerQueue<Waiting>();
  const trace = openTrace();
  let impatience = first;
  let now = 0;
  let choices = 0;
  let actors = 0;
  let failure: { readonly error: unknown } | undefined;
  let chaos: Chaos = () => true;

  const fail = (error: unknown): void => {
    failure ??= { error };
  };

  const fire = (timer: Timer<Waiting>): void => {
    now = Math.max(now, timer.at);
    waiting.push(timer.item);
  };
  const take = (): Waiting | undefined => {
    const index = Math.floor(random() * waiting.length);
    const last = waiting.pop();
    if (!last || index === waiting.length) return last;
    const chosen = waiting[index];
    waiting[index] = last;
    return chosen;
  };
  /** Answers whether anybody has gone on. */
  const chooseNext = (): boolean => {
    if (waiting.length === 0 || (impatience > 0 && random() < impatience)) {
      const timer = timers.take();
      if (timer) fire(timer);
      else if (waiting.length === 0) throw new Error('deadlock: nobody can go on');
    }
    const count = waiting.length;
    const next = take();
    if (!next?.who.alive) return false;
    if (next.who.stopped) {
      next.who.held.push(next);
      return false;
    }
    choices += 1;
    trace.note(next, now, count);
    if (chaos(next)) next.go();
    return true;
  };
  const callAfter = (who: Actor, ms: number, go: () => void): (() => void) => {
    const timer = timers.add(now + Math.max(0, ms), { who, point: 'timer', about: '', go });
    return () => timers.drop(timer);
  };

  return {
    random,
    now: () => now,
    canGoOn: () => waiting.length > 0 || !timers.isEmpty(),
    choices: () => choices,
    trace,
    actor: (name) => ({ name, number: (actors += 1), alive: true, stopped: false, held: [] }),
    step: (who, point, about = '', sent) => {
      if (!who.alive) return never();
      return new Promise((go) => waiting.push({ who, point, about, go, sent }));
    },
    sleep: (who, ms, signal) => {
      if (!who.alive) return never();
      if (signal?.aborted) return Promise.resolve();
      if (!signal) return new Promise((resolve) => void callAfter(who, ms, resolve));
      return new Promise((resolve) => {
        const abort = () => {
          drop();
          resolve();
        };
        const drop = callAfter(who, ms, () => {
          signal.removeEventListener('abort', abort);
          resolve();
        });
        signal.addEventListener('abort', abort, { once: true });
      });
    },
    after: callAfter,
    start: (main) => {
      main.catch(fail);
    },
    fail,
    kill: (who) => {
      who.alive = false;
      who.held.length = 0;
      return waiting.flatMap((one) => (one.who === who && one.sent ? [one.sent] : []));
    },
    stop: (who) => {
      who.stopped = true;
    },
    resume: (who) => {
      who.stopped = false;
      waiting.push(...who.held.splice(0));
    },
    leap: (ms) => {
      now += ms;
    },
    calm: () => {
      impatience = 0;
    },
    setChaos: (chosen) => {
      chaos = chosen;
    },
    run: (until) =>
      new Promise((resolve, reject) => {
        const limit = choices + mostChoices;
        const turn = (): void => {
          try {
            if (failure) throw failure.error;
            do {
              if (until()) return resolve();
              if (choices >= limit) throw new Error(`livelock: ${mostChoices} choices, and no end`);
            } while (!chooseNext());
            whenSettled(turn);
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        };
        whenSettled(turn);
      }),
  };
};
