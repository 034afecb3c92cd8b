import type { Clock } from '@shop/clock';

/**
 * What makes a read exact on a cluster. A deposed leader that wakes up, or is cut off, goes on answering reads from old data; only the
 * real leader can commit an append. So a deciding read is sent only shortly after an append was sent whose acknowledgement came over the
 * same connection: a new leader needs more than twice that time before it acknowledges anything.
 */
export type Lease = {
  /** Notes that an append is sent; what it returns is to be called when that is acknowledged. */
  readonly appending: (client: object, attempt: 'first' | 'repeated') => () => void;
  /** A call of this client failed, or ended without an answer: it may go on over another connection, to another node. */
  readonly failed: (client: object) => void;
  /** Leave to send a read now, undefined where there is none. */
  readonly reading: (client: object) => ReadLeave | undefined;
  /** Whether more than half of its time is over, or it is not held at all. */
  readonly isDue: (client: object) => boolean;
  /** Nothing is asked of reads while it is off. */
  readonly isOn: () => boolean;
  /** The server is one of several after all. */
  readonly turnOn: () => void;
};
export type ReadLeave = {
  /** Whether the lease still holds: asked once the read is on its way. */
  readonly holds: () => boolean;
  /** Whether the answer counts: no call of the client failed meanwhile. */
  readonly counts: () => boolean;
};

const defaultMs = 500;
const always: ReadLeave = { holds: () => true, counts: () => true };

/** @param leaseMs 0 only where the server is one node for sure */
export const openLease = (clock: Pick<Clock, 'monotonic'>, leaseMs: number): Lease => {
  let holdMs = leaseMs;
  const failures = new WeakMap<object, number>();
  const failuresOf = (client: object) => failures.get(client) ?? 0;
  let held: { readonly client: object; readonly sentAt: number; readonly failures: number } | undefined;
  const ageOf = (client: object): number =>
    held?.client === client && held.failures === failuresOf(client) ? clock.monotonic() - held.sentAt : Infinity;

  return {
    appending: (client, attempt) => {
      const sentAt = clock.monotonic();
      const before = failuresOf(client);
      return () => {
        // A repeated append proves nothing: a deposed leader finds the events in its own log and answers without its cluster.
        if (attempt === 'repeated' || failuresOf(client) !== before) return;
        if (held?.client !== client || held.failures !== before || held.sentAt < sentAt) held = { client, sentAt, failures: before };
      };
    },
    failed: (client) => {
      failures.set(client, failuresOf(client) + 1);
    },
    reading: (client) => {
      if (holdMs === 0) return always;
      if (ageOf(client) > holdMs) return undefined;
      const before = failuresOf(client);
      return { holds: () => ageOf(client) <= holdMs, counts: () => failuresOf(client) === before };
    },
    isDue: (client) => holdMs > 0 && ageOf(client) > holdMs / 2,
    isOn: () => holdMs > 0,
    turnOn: () => {
      if (holdMs === 0) holdMs = defaultMs;
    },
  };
};
