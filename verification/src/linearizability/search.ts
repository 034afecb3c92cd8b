import { isWrite, type Operation } from './operation.js';

export type Searched =
  | { readonly verdict: 'linearizable' | 'undecided'; readonly steps: number }
  /** `stuck`: the operations of which none could come next, where the order that went furthest ended. */
  | { readonly verdict: 'not linearizable'; readonly steps: number; readonly stuck: readonly string[] };

const mostSteps = 50_000;

/** What an operation leaves of a number; undefined where it cannot have come then. */
const after = (value: number, { adds, saw }: Operation): number | undefined => {
  const left = value + (adds ?? 0);
  return left < 0 || (saw !== undefined && saw !== left) ? undefined : left;
};

const isRequired = ({ optional }: Operation): boolean => optional !== true;

/**
 * Looks for one order in which every operation, come about at one moment between its begin and its end, explains its answer: Wing and Gong's
 * search, with a memory of what was tried. It knows no revisions and no log. It explodes where many clients write at once without being told
 * the number: made for at most 8 clients and 1,000 operations. The number only counts up and down, so what has come about says what it is.
 */
export const search = (operations: readonly Operation[], limit = mostSteps): Searched => {
  const sorted = [...operations].sort((one, other) => one.begin - other.begin);
  const placeOf = new Map(sorted.map((operation, place) => [operation, place]));
  const before = sorted.map(({ follows }) => (follows === undefined ? undefined : placeOf.get(follows)));
  const done = new Uint8Array(sorted.length);
  const tried = new Set<bigint>();
  let steps = 0;
  let fewest = Infinity;
  let stuck: readonly string[] = [];

  /** Places of what may come next: whatever began before the first end of all that must still come; those that end first in front. */
  const candidates = (from: number): readonly (readonly [place: number, operation: Operation])[] => {
    const found: (readonly [number, Operation])[] = [];
    let firstEnd = Infinity;
    for (let place = from; place < sorted.length; place += 1) {
      const operation = sorted[place];
      if (!operation || operation.begin > firstEnd) break;
      if (done[place] === 1) continue;
      if (isRequired(operation)) firstEnd = Math.min(firstEnd, operation.end);
      const earlier = before[place];
      if (earlier === undefined || done[earlier] === 1) found.push([place, operation]);
    }
    return found.filter(([, { begin }]) => begin <= firstEnd).sort(([, one], [, other]) => one.end - other.end);
  };

  const explore = (value: number, state: bigint, from: number, left: number): boolean => {
    if (left === 0) return true;
    if (tried.has(state)) return false;
    tried.add(state);
    steps += 1;
    if (steps > limit) return false;
    let first = from;
    while (done[first] === 1) first += 1;
    const next = candidates(first);
    if (left < fewest) {
      fewest = left;
      stuck = next.filter(([, operation]) => isRequired(operation)).map(([, { name }]) => name);
    }
    const step = ([place, operation]: readonly [number, Operation]): boolean => {
      const changed = after(value, operation);
      if (changed === undefined) return false;
      done[place] = 1;
      if (explore(changed, state | (1n << BigInt(place)), first, isRequired(operation) ? left - 1 : left)) return true;
      done[place] = 0;
      return false;
    };
    // A read that is true now changes nothing: to put it later could not help.
    const read = next.find(([, operation]) => !isWrite(operation) && after(value, operation) !== undefined);
    return read ? step(read) : next.some(step);
  };

  if (explore(0, 0n, 0, sorted.filter(isRequired).length)) return { verdict: 'linearizable', steps };
  return steps > limit ? { verdict: 'undecided', steps } : { verdict: 'not linearizable', steps, stuck };
};
