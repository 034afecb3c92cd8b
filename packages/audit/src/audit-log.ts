import type { RecordedEvent } from '@shop/event-store';
import { upcasters as storedUpcasters, type Upcasters } from '@shop/events';
import { collectFindings, nowhere, type Finding, type Invariant } from './finding.js';
import { cartLinesExist } from './invariants/cart-lines.js';
import { cartsAreBoughtOnce } from './invariants/cart-orders.js';
import { commandsCountOnce } from './invariants/commands.js';
import { ordersAreDecidedOnce } from './invariants/decisions.js';
import { judgePlace, namesFit, readEvent } from './invariants/log.js';
import { moneyIsKept } from './invariants/money.js';
import { numbersAreInForce } from './invariants/numbers.js';
import { paidMeansReserved } from './invariants/paid-stock.js';
import { reservationsTakeTheirSteps } from './invariants/reservations.js';
import { everythingSettled } from './invariants/settling.js';
import { stockAddsUp } from './invariants/stock.js';
import { walletsBalance } from './invariants/wallets.js';
import type { Judge } from './judge.js';
import { emptyLedger, type Ledger } from './ledger/ledger.js';
import { record, recordPlace } from './ledger/record.js';

export type LogAudit = {
  readonly findings: readonly Finding[];
  /** How many there are of each, those too many to list included. */
  readonly violations: Readonly<Partial<Record<Invariant, number>>>;
  readonly judged: readonly Invariant[];
  readonly ledger: Readonly<Ledger>;
};

export type LogAuditOptions = {
  /** All events of the shop from the first on, in the order of the log. */
  readonly events: AsyncIterable<readonly RecordedEvent[]>;
  /** The shop has been quiet for long enough that nothing may be left half done (I13). */
  readonly quiet?: boolean;
  /** Judges of what else there is beside the log: read models, the feed, clients' histories. */
  readonly beside?: readonly Judge[];
  readonly upcasters?: Upcasters;
};

const logJudges = (): readonly Judge[] => [
  walletsBalance,
  stockAddsUp,
  moneyIsKept(),
  reservationsTakeTheirSteps,
  ordersAreDecidedOnce,
  paidMeansReserved,
  numbersAreInForce,
  commandsCountOnce,
  namesFit,
  cartLinesExist,
  cartsAreBoughtOnce,
];

/** Reads the log once and judges every prefix of it. Decides nothing by itself and imports no rule of the shop: a shared rule would share its bugs. */
export const auditLog = async ({ events, quiet = false, beside = [], upcasters = storedUpcasters }: LogAuditOptions): Promise<LogAudit> => {
  const judges = [...logJudges(), ...(quiet ? [everythingSettled] : []), ...beside];
  const befores = judges.flatMap(({ before }) => before ?? []);
  const afters = judges.flatMap(({ after }) => after ?? []);
  const { say, moveTo, list, counts } = collectFindings();
  const ledger = emptyLedger();
  for await (const page of events)
    for (const recorded of page) {
      moveTo(recorded);
      judgePlace(recorded, ledger, say);
      const event = readEvent(recorded, upcasters, say);
      if (event) {
        const fact = { recorded, event };
        for (const before of befores) before(fact, ledger, say);
        record(ledger, fact);
        for (const after of afters) after(fact, ledger, say);
      }
      recordPlace(ledger, recorded);
    }
  moveTo(nowhere);
  for (const { end } of judges) await end?.(ledger, say);
  return { findings: list(), violations: counts(), judged: [...new Set(judges.flatMap((judge) => judge.invariants))], ledger };
};
