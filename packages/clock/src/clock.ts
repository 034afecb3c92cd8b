/** Time as everything else sees it: injected, so that tests and simulations own it. */
export type Clock = {
  /** Wall time, for what is stored and shown. May jump; safety never rests on it. */
  readonly now: () => Date;
  /** Milliseconds that only rise, for deadlines and waits. */
  readonly monotonic: () => number;
  /** Resolves after `ms`, or at once when `signal` is or gets aborted; never rejects. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

let last = { time: NaN, text: '' };

/** The wall time as ISO 8601 text in UTC with milliseconds. Made once for those who ask within one of them: it takes as long as a small event. */
export const instantOf = ({ now }: Pick<Clock, 'now'>): string => {
  const date = now();
  const time = date.getTime();
  if (time !== last.time) last = { time, text: date.toISOString() };
  return last.text;
};

/** A number in [0, 1), for jitter. */
export type Random = () => number;

/** Full jitter (any wait up to a bound that doubles per attempt): retries of many processes do not meet again. `attempt` starts at 0. */
export const backOff = (
  random: Random,
  attempt: number,
  { firstMs, mostMs }: { readonly firstMs: number; readonly mostMs: number },
): number => random() * Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 30));
