import type { AuditReport } from '@shop/audit';
import type { RecordedEvent } from '@shop/event-store';

/** A process of the shop that a soak may kill, freeze and stop. */
export type Victim = {
  readonly name: string;
  /** SIGKILL; resolves when it is gone. */
  readonly kill: () => Promise<void>;
  readonly freeze: () => Promise<void>;
  readonly thaw: () => Promise<void>;
  /**
   * SIGTERM; answers the exit code when it is gone. Only of those that clients talk to: they promise to answer what is in flight, and to
   * end within 10 s.
   */
  readonly stop?: () => Promise<number | null>;
  /** Starts it again on what it left. Resolves when it can do its work. @throws Error where it ends before */
  readonly start: () => Promise<void>;
  /** The end of what it printed, for people. */
  readonly lastWords: () => Promise<string>;
};

/** A running shop, of however many processes. */
export type Topology = {
  readonly name: string;
  readonly url: string;
  readonly victims: readonly Victim[];
  /** Whether whoever is asked to stop takes the projector along: only then can a read model that lags be the stop's fault. */
  readonly stopsProjector: boolean;
  /** The audit program on everything that the shop stores, with what its clients saw. */
  readonly audit: (options: { readonly quiet: boolean; readonly history?: string }) => Promise<AuditReport>;
  /** Stops the shop in order, reads its whole log, and leaves nothing running. */
  readonly closeBooks: () => AsyncIterable<readonly RecordedEvent[]>;
};
