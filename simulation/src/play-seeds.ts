import { play, type Played } from './play.js';
import { addTallies, emptyTally, tallyOf, type RunTally } from './tally.js';
import { planOf } from './world/plan.js';

export type Failure = { readonly seed: number; readonly findings: readonly string[] };
export type SeedsPlayed = { readonly tally: RunTally; readonly failures: readonly Failure[] };

/** Every so many seeds one is played twice: chance from elsewhere would show. */
const twiceEvery = 100;

/**
 * A world leaves nothing behind, so between two of them next to nothing has to be copied; in the midst of one all of it has. Only where
 * the process was started to allow it (`--expose-gc`).
 */
const collectGarbage = (): void => void globalThis.gc?.({ type: 'minor' });
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const playAgain = async (seed: number, first: Played): Promise<readonly string[]> => {
  if (seed % twiceEvery > 0) return [];
  const second = await play(planOf(seed));
  return first.trace === second.trace ? [] : [`played twice it went two ways: trace ${first.trace}, then ${second.trace}`];
};

/** Plays seeds one after the other; a failure does not keep the others from being played. */
export const playSeeds = async (seeds: readonly number[], { untilFailure = false } = {}): Promise<SeedsPlayed> => {
  let tally = emptyTally();
  const failures: Failure[] = [];
  for (const seed of seeds) {
    const played = await play(planOf(seed));
    tally = addTallies(tally, tallyOf(played));
    const findings = [...played.findings, ...(await playAgain(seed, played))];
    if (findings.length > 0) failures.push({ seed, findings });
    if (findings.length > 0 && untilFailure) break;
    collectGarbage();
    await nextTurn(); // a rejection that nobody handles is reported then
  }
  return { tally, failures };
};
