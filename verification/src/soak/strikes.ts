import { systemClock } from '@shop/clock';
import type { Topology, Victim } from './topology.js';

/** A process that is asked to stop finishes what is in flight within 10 s. */
const stopLimitMs = 10_000;
const graceMs = 1_000;
const lookEveryMs = 10;

/** What was done to one process, and what came of it. Times are milliseconds of the clock of the clients' history. */
export type Struck = {
  readonly victim: Victim;
  readonly isUp: () => boolean;
  /** Resolves when it has come back from the last strike, or the next one hit it. */
  readonly untilUp: () => Promise<void>;
  readonly kill: () => Promise<void>;
  readonly freeze: (ms: number, ended: AbortSignal) => Promise<void>;
  /** Answers when SIGTERM was sent; undefined where the process is not one to be stopped. */
  readonly stop: () => Promise<number | undefined>;
};

export type Noted = {
  kills: number;
  killsWhileDown: number;
  freezes: number;
  stops: number;
  /** From SIGKILL to the first exact answer of the shop. */
  readonly recoveries: number[];
  readonly finding: (text: string) => void;
};

const isAnswering = (url: string): Promise<boolean> =>
  fetch(`${url}/products?limit=1`).then(
    async (response) => {
      await response.text();
      return response.status === 200;
    },
    () => false,
  );

export const struck = (victim: Victim, { url }: Pick<Topology, 'url'>, noted: Noted): Struck => {
  let isUp = true;
  let up = Promise.resolve();
  let strikes = 0;
  const hit = (): number => {
    isUp = false;
    strikes += 1;
    return strikes;
  };
  const answeredAfter = async (strike: number, since: number): Promise<void> => {
    while (strikes === strike && !(await isAnswering(url))) await systemClock.sleep(lookEveryMs);
    if (strikes === strike) noted.recoveries.push(performance.now() - since);
  };
  const comeBack = async (strike: number): Promise<void> => {
    try {
      await victim.start();
      if (strikes === strike) isUp = true;
    } catch (error) {
      if (strikes === strike) noted.finding(`${victim.name} did not come back: ${String(error)}`);
    }
  };
  const thawAfter = async (ms: number, strike: number, ended: AbortSignal): Promise<void> => {
    await systemClock.sleep(ms, ended);
    if (strikes !== strike) return; // killed meanwhile
    await victim.thaw();
    isUp = true;
  };
  return {
    victim,
    isUp: () => isUp,
    untilUp: () => up,
    kill: async () => {
      noted.kills += 1;
      if (!isUp) noted.killsWhileDown += 1;
      const strike = hit();
      const since = performance.now();
      await victim.kill();
      up = Promise.all([comeBack(strike), answeredAfter(strike, since)]).then(() => undefined);
    },
    freeze: async (ms, ended) => {
      noted.freezes += 1;
      const strike = hit();
      await victim.freeze();
      up = thawAfter(ms, strike, ended);
    },
    stop: async () => {
      if (!victim.stop) return undefined;
      noted.stops += 1;
      const strike = hit();
      const since = performance.now();
      const code = await victim.stop();
      const tookMs = performance.now() - since;
      if (code !== 0 || tookMs > stopLimitMs + graceMs)
        noted.finding(`${victim.name} ended with ${code} ${tookMs.toFixed()} ms after SIGTERM: ${await victim.lastWords()}`);
      up = comeBack(strike);
      return since;
    },
  };
};
