/** What must hold of a shop; docs of each stand at the file that judges it. */
export const invariants = {
  I1: 'Wallet: every balance is what was charged, less what was paid, plus what was refunded',
  I2: 'Stock: what can be bought is what came in, less what is reserved or sold',
  I3: 'Money: a charge counts once, a refund is what was paid, and no won appears or vanishes',
  I4: 'Reservation: opens once, and every later step happens once, for the whole quantity',
  I5: 'One decision: an order is paid at most once, then cancelled at most once, and never by a checkout that was voided',
  I6: 'Paid means reserved: every line paid was held, sold only if paid, and returned only after the cancellation',
  I7: 'Numbers: within their limits, and totals and prices are those in force',
  I8: 'Once: a command has its effect once, a refused one has none',
  I9: 'Feed: exactly the paid and cancelled orders of the log',
  I10: 'Read models: every document is the fold of the log up to its position',
  I11: 'Checkpoints: never move back, pass nothing that was not applied, and are never ahead of the log',
  I12: 'Reads: an answer is the shop as it was at its position, and that is fresh enough',
  I13: 'Settling: nothing is left half done',
  I14: 'Best sellers: as a count by hand of every sale',
  I15: 'Log: complete, in order, every event readable and in the stream it belongs to',
  I16: 'Carts: no cart is bought twice, and what was bought leaves it once',
} as const;
export type Invariant = keyof typeof invariants;
export const invariantNames = [
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'I6',
  'I7',
  'I8',
  'I9',
  'I10',
  'I11',
  'I12',
  'I13',
  'I14',
  'I15',
  'I16',
] as const satisfies readonly Invariant[];

/** Where in the log; null where a finding is about a document, a line of the feed or an answer alone. */
export type Place = { readonly stream: string | null; readonly revision: number | null; readonly position: string | null };
export const nowhere: Place = { stream: null, revision: null, position: null };

export type Finding = Place & {
  readonly invariant: Invariant;
  /** What it is about: `order o1`, `balances document u1`. */
  readonly about: string;
  readonly expected: string;
  readonly found: string;
};

/** Says that something does not hold. Values are shown as JSON, texts as they are. */
export type Say = (invariant: Invariant, about: string, expected: unknown, found: unknown, place?: Place) => void;

/** Most findings listed of one invariant; more are only counted, so that a broken log costs no memory. */
const listed = 50;
const longest = 2_000;

const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
};

export type Findings = {
  readonly say: Say;
  /** Where findings are that do not name a place of their own. */
  readonly moveTo: (place: Place) => void;
  readonly list: () => readonly Finding[];
  readonly counts: () => Readonly<Partial<Record<Invariant, number>>>;
};

export const collectFindings = (): Findings => {
  const found: Finding[] = [];
  const counts: Partial<Record<Invariant, number>> = {};
  let here = nowhere;
  return {
    say: (invariant, about, expected, value, place = here) => {
      const count = (counts[invariant] ?? 0) + 1;
      counts[invariant] = count;
      if (count > listed) return;
      const { stream, revision, position } = place;
      found.push({ invariant, about, stream, revision, position, expected: shown(expected), found: shown(value) });
    },
    moveTo: (place) => {
      here = place;
    },
    list: () => found,
    counts: () => counts,
  };
};

/** What was asked for and could not be judged. */
export type Undecided = { readonly invariant: Invariant; readonly reason: string };
