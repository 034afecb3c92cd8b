import type { Random } from '@shop/clock';

/**
 * What may go wrong, with the chance that it does at a call (of a process: at any choice of the scheduler). Each seed switches on some.
 * Crashes come at any point where a process waits: before an append, after its write, after its acknowledgement.
 */
export const faultChances = {
  'append refused': 0.05,
  'append lost': 0.05,
  'append lands late': 0.06,
  'append acknowledgement lost': 0.06,
  'append slow': 0.08,
  'read slow': 0.05,
  'read fails': 0.04,
  'read breaks off': 0.06,
  'log read behind': 0.2,
  'snapshot lost': 0.2,
  'snapshot old': 0.3,
  'subscription repeats': 0.1,
  'subscription goes back': 0.03,
  'subscription ends': 0.04,
  'subscription fails': 0.04,
  'subscription freezes': 0.03,
  'subscription bursts': 0.3,
  'read store slow': 0.02,
  'read store down': 0.001,
  'half a bulk applied': 0.05,
  'timed out yet applied': 0.04,
  'lease lost': 0.05,
  'word of a change lost': 0.3,
  'feed down': 0.05,
  'feed acknowledgement lost': 0.1,
  'feed sends twice': 0.1,
  'feed cut off': 0.1,
  crash: 0.002,
  'crash, and what was sent lands late': 0.5,
  'crash of all': 0.0003,
  'stopped for a while': 0.001,
  'asked to end': 0.001,
  'clock skewed': 1,
  'clock jumps': 0.001,
  'append not staged': 0.05,
  'staged appends lost': 0.03,
} as const;

export type Fault = keyof typeof faultChances;
const isFault = (name: string): name is Fault => Object.hasOwn(faultChances, name);
export const faultNames: readonly Fault[] = Object.keys(faultChances).filter(isFault);

/** One needs another to happen at all. */
const alsoOn: Partial<Record<Fault, Fault>> = { 'crash, and what was sent lands late': 'crash' };
const shareOn = 0.22;
/** Only of a store that stages appends. */
export const stagingFaults: readonly Fault[] = ['append not staged', 'staged appends lost'];

export const drawFaults = (random: Random): ReadonlySet<Fault> => {
  const quietSeed = random() < 0.08;
  const drawn = faultNames.filter((name) => !stagingFaults.includes(name) && random() < shareOn && !quietSeed);
  return new Set(drawn.flatMap((fault) => [fault, ...(alsoOn[fault] ? [alsoOn[fault]] : [])]));
};

export type Faults = {
  readonly on: ReadonlySet<Fault>;
  /** Whether it happens now; counted if so. */
  readonly strikes: (fault: Fault) => boolean;
  /** From here on nothing goes wrong any more. */
  readonly end: () => void;
  readonly ended: () => boolean;
  readonly counts: Map<Fault, number>;
};

export const openFaults = (on: ReadonlySet<Fault>, random: Random, remark: (text: string) => void): Faults => {
  const counts = new Map<Fault, number>();
  let ended = false;
  return {
    on,
    strikes: (fault) => {
      if (ended || !on.has(fault) || random() >= faultChances[fault]) return false;
      counts.set(fault, (counts.get(fault) ?? 0) + 1);
      remark(`fault: ${fault}`);
      return true;
    },
    end: () => {
      ended = true;
    },
    ended: () => ended,
    counts,
  };
};
