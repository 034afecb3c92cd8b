import { status } from '@grpc/grpc-js';

/** One call as the fault script sees it. */
export type Call = {
  readonly method: 'append' | 'read' | 'read-all' | 'subscribe' | 'delete' | 'tombstone';
  /** The how many-th call of its method this is, from 1. */
  readonly number: number;
  /** Missing for reads of the whole log and subscriptions. */
  readonly stream?: string;
  readonly requiresLeader: boolean;
};

/** What goes wrong with a call. */
export type Fault =
  /** Nothing happens and nobody answers. */
  | { readonly fault: 'silence' }
  /** Done, and nobody answers. */
  | { readonly fault: 'silence-after' }
  /** Done and answered once `until` resolves. */
  | { readonly fault: 'slow'; readonly until: Promise<void> }
  /** Nobody answers, and it is done once `until` resolves: an append that lands late. */
  | { readonly fault: 'late'; readonly until: Promise<void> }
  /** Answered with a status, before or after it is done. */
  | { readonly fault: 'status'; readonly when: 'before' | 'after'; readonly code: status; readonly details?: string }
  | { readonly fault: 'access-denied' }
  /** An append is acknowledged without its position. */
  | { readonly fault: 'no-position' }
  /** Every connection is cut, before or after it is done. */
  | { readonly fault: 'cut'; readonly when: 'before' | 'after' }
  /** Reads and subscriptions: after so many events a clean end, a status, or silence for good. */
  | { readonly fault: 'end' | 'stall'; readonly after: number }
  | { readonly fault: 'break'; readonly after: number; readonly code: status }
  /** A subscription begins so many records earlier than it was asked to. */
  | { readonly fault: 'redeliver'; readonly records: number };

export type FaultScript = (call: Call) => Fault | undefined;

export const never = (): Promise<never> => new Promise(() => undefined);
