import type { MessagePort } from 'node:worker_threads';
import type { LogLevel, Readiness } from '@shop/http';
import type { ParkedEntry, ProjectorSettings, RebuildProgress, RebuildReport, RebuildRequest } from '@shop/projector';
import type { OfferedReadStore } from '@shop/read-store/remote';

/** What the thread is told first. */
export type ThreadOrder = {
  readonly folder: string;
  readonly settings: ProjectorSettings;
  readonly logLevel: LogLevel;
  /** Where the log of events is had (`OfferedLog`). */
  readonly log: MessagePort;
  /** Where it is called (`ThreadOffers`), and tells what happens (`ThreadTells`). */
  readonly calls: MessagePort;
};

/** What the thread offers, once its stores are open. */
export type ThreadOffers = OfferedReadStore & {
  /** @throws ReadStoreUnavailableError where they could not be opened; then nothing else is offered but `leave` */
  readonly opened: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: () => Promise<string>;
  /** Progress is told by the number that the caller gives. */
  readonly rebuild: (number: number, request: Omit<RebuildRequest, 'onProgress'>) => Promise<RebuildReport>;
  readonly listParked: () => Promise<readonly ParkedEntry[]>;
  readonly retryParked: (id: string) => Promise<boolean>;
  readonly skipParked: (id: string, reason: string) => Promise<boolean>;
  readonly hurry: () => void;
  /** The last call: the thread ends when it has written out its log. */
  readonly leave: () => void;
};

/** What it tells the thread that takes requests. */
export type ThreadTells = {
  /** Documents of a collection may have changed. */
  readonly changed: (collection: string) => void;
  readonly progress: (rebuild: number, progress: RebuildProgress) => void;
};
