import type { HistoryLine } from '@shop/audit';
import type { Action } from './plan.js';

/** One request and its answer, as the audit reads it, and where the log stood: the simulation knows that to the event. */
export type Exchange = Omit<HistoryLine, 'consistency' | 'begin'> & {
  readonly consistency: HistoryLine['consistency'];
  readonly begin: number;
  readonly requestId: string;
  readonly action: Action;
  /** The process that was asked. */
  readonly process: string;
  /** Events in the log when it was sent, and when the answer came. */
  readonly eventsBefore: number;
  readonly eventsAfter: number;
};
