import type { RecordedEvent } from '@shop/event-store';
import type { ShopEvent } from '@shop/events';
import type { Invariant, Say } from './finding.js';
import type { Ledger } from './ledger/ledger.js';

/** One event of the log, as stored and as read. */
export type Fact<Event extends ShopEvent = ShopEvent> = { readonly recorded: RecordedEvent; readonly event: Event };

/**
 * Judges every prefix of the log. All see the same ledger: what the log said before the event (`before`) and with it (`after`).
 * A judge writes nothing into it.
 */
export type Judge = {
  readonly invariants: readonly Invariant[];
  readonly before?: (fact: Fact, ledger: Readonly<Ledger>, say: Say) => void;
  readonly after?: (fact: Fact, ledger: Readonly<Ledger>, say: Say) => void;
  /** Once, after the last event. */
  readonly end?: (ledger: Readonly<Ledger>, say: Say) => void | Promise<void>;
};
