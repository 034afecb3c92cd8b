import type { BoundRoute } from './route.js';

/** What `/readyz` says. `degraded` still serves: something is parked or stopped, and named. */
export type Readiness = {
  readonly status: 'ready' | 'degraded' | 'not_ready';
  /** `up`, `down`, `lagging`, `stopped`, … by what was checked: `eventStore`, `readStore`, `projections`. */
  readonly checks: Readonly<Record<string, string>>;
  readonly parked: readonly { readonly projection: string; readonly stream: string; readonly revision: number; readonly reason: string }[];
};

/** A service as its host sees it: its own process, or all-in-one with the others. */
export type Service = {
  readonly name: 'command-api' | 'query-api' | 'projector';
  readonly routes: readonly BoundRoute[];
  readonly readiness: () => Promise<Readiness>;
  /** Of a service that runs in a thread of its own, and keeps them there; in the format of Prometheus. */
  readonly metrics?: () => Promise<string>;
  /** Starts background work; resolves when the service may take requests. */
  readonly start: () => Promise<void>;
  /** Ends background work after the last request: writers and relays finish what they hold. */
  readonly stop: () => Promise<void>;
};
