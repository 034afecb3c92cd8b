import { backOff } from '@shop/clock';
import { beginning, type Position } from '@shop/event-store';
import type { Checkpoint, ParkedStream, Stored } from '@shop/read-store';
import type { Logger } from 'pino';
import { applyBatch } from './batch.js';
import type { EventPages, EventPageSource } from './event-pages.js';
import type { Obstacle } from './fold.js';
import {
  createCheckpoint,
  ensureGeneration,
  eventName,
  loadCheckpoint,
  loadParked,
  loadSkipped,
  moveCheckpoint,
  removeParked,
  type ParkedNotes,
} from './generation-state.js';
import type { LogEvent } from './log-event.js';
import { heldBy, parkWaiting, retryStream, type ParkingDependencies } from './parking.js';

export type RunnerStatus = {
  readonly state: Checkpoint['state'];
  readonly position: Position;
  readonly eventsDone: number;
  readonly reason: string | null;
  readonly parked: readonly ParkedStream[];
  /** Set while the read store or the event store cannot be used. */
  readonly failure: string | null;
};

/** Keeps one generation of one read model fed from the log. */
export type Runner = {
  readonly status: () => RunnerStatus;
  /** Feeds until aborted; failures are logged and tried again. Call once. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Runs work between two batches, while nothing of this generation is written here. Rejects when the runner ends first. */
  readonly between: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Tries what waits of a stream, or goes on where the projection has stopped; answers whether it waits no longer. */
  readonly retry: (stream: string) => Promise<boolean>;
};

export type RunnerDependencies = ParkingDependencies & {
  readonly pages: Pick<EventPageSource, 'reader' | 'ready' | 'position' | 'stands'>;
  readonly logger: Logger;
};

/** Durable state as last seen, and how far the fold has come in memory. */
type Progress = {
  checkpoint: Stored<Checkpoint>;
  passed: Position;
  eventsDone: number;
  notes: ParkedNotes;
  skipped: ReadonlySet<string>;
  stoppedBy: Obstacle | undefined;
};

/** Pages without anything for the projection are passed in memory while more are at hand, but no more events than these. */
const mostUnsaved = 10_000;
const resumeLookMs = 10;
const nothingHeld: ParkedNotes = new Map();

export const createRunner = (dependencies: RunnerDependencies): Runner => {
  const { projection, generation, readStore, pages, clock, random, logger, settings } = dependencies;
  const about = { projection: projection.name, generation: generation.generation, version: generation.version };
  const queue: { readonly run: () => Promise<void>; readonly refuse: (reason: Error) => void }[] = [];
  let progress: Progress | undefined;
  let mustOpen = true;
  let interrupt: () => void = () => undefined;
  let failure: string | null = null;
  let ended = false;
  let notesSeenAt = 0;

  const open = async (): Promise<Progress> => {
    await ensureGeneration(readStore, projection.name, generation);
    const checkpoint = (await loadCheckpoint(readStore, generation)) ?? (await createCheckpoint(readStore, generation));
    const skipped = await loadSkipped(readStore, projection.name);
    const notes = await loadParked(readStore, generation);
    const { eventsDone } = checkpoint.document;
    return { checkpoint, passed: checkpoint.guard, eventsDone, notes, skipped, stoppedBy: undefined };
  };

  /** Moves the checkpoint to where the fold stands. Another projector may have moved it: further, then its work is adopted. */
  const save = async (now: Progress, state: Checkpoint['state'], reason: string | null): Promise<void> => {
    const { projection: name, version, generation: number } = generation;
    const document: Checkpoint = { projection: name, version, generation: number, state, eventsDone: now.eventsDone, reason };
    for (let round = 0; round < settings.writeRounds; round += 1) {
      if (await moveCheckpoint(readStore, now.checkpoint.guard, now.passed, document)) {
        now.checkpoint = { ...now.checkpoint, guard: now.passed, document };
        return;
      }
      const found = await loadCheckpoint(readStore, generation);
      if (!found || found.guard < now.checkpoint.guard) throw new Error('the checkpoint went back: the read store was lost');
      if (found.guard >= now.passed) {
        progress = await open();
        return;
      }
      now.checkpoint = found;
    }
    throw new Error('the checkpoint is contended');
  };

  const clearNotesPassed = async (now: Progress): Promise<void> => {
    for (const note of now.notes.values()) {
      if (note.document.position > now.checkpoint.guard) continue;
      await removeParked(readStore, note);
      now.notes.delete(note.document.stream);
    }
  };

  const stop = async (now: Progress, obstacle: Obstacle, before: readonly LogEvent[]): Promise<void> => {
    now.passed = before.at(-1)?.recorded.position ?? now.passed;
    now.eventsDone += before.length;
    await save(now, 'stopped', `${eventName(obstacle.stream, obstacle.revision)}: ${obstacle.reason}`);
    if (progress !== now) return;
    now.stoppedBy = obstacle;
    logger.error({ ...about, ...obstacle }, 'the projection has stopped at an event that it cannot apply');
  };

  const isCaughtUp = ({ passed }: Progress) => pages.position() !== undefined && !pages.ready(passed);

  const handle = async (now: Progress, events: readonly LogEvent[], signal: AbortSignal): Promise<void> => {
    const { skipped, notes } = now;
    const held = projection.mixesStreams ? nothingHeld : notes;
    const isHeld = heldBy(held);
    const { obstacles, wrote } = await applyBatch(dependencies, { events, skipped, isHeld, tries: settings.poisonTries, signal });
    if (signal.aborted) return;
    if (obstacles.size > 0 && (await skippedMeanwhile(now, obstacles.values()))) return;
    const first = projection.mixesStreams ? [...obstacles.values()][0] : undefined;
    // A stopped projection notes the one event that it stands before, so that an operator finds and names it like any other.
    const left = first ? events.filter(({ recorded }) => recorded.position === first.position) : events;
    const parking = await parkWaiting(dependencies, { notes: held, obstacles, events: left });
    if (parking === 'outdated' && !first) {
      now.notes = await loadParked(readStore, generation);
      return;
    }
    if (parking === 'parked' || first) now.notes = await loadParked(readStore, generation);
    if (first)
      return stop(
        now,
        first,
        events.filter(({ recorded }) => recorded.position < first.position),
      );
    for (const obstacle of obstacles.values())
      logger.error({ ...about, ...obstacle }, 'a stream is parked: it has an event that cannot be applied');
    now.passed = events.at(-1)?.recorded.position ?? now.passed;
    now.eventsDone += events.length;
    const caughtUp = isCaughtUp(now);
    if (wrote || parking === 'parked' || caughtUp || now.eventsDone - now.checkpoint.document.eventsDone >= mostUnsaved)
      await save(now, caughtUp ? 'following' : now.checkpoint.document.state === 'building' ? 'building' : 'following', null);
    if (projection.mixesStreams && now.notes.size > 0) await clearNotesPassed(now);
  };

  /** An operator may have skipped it through another process. */
  const skippedMeanwhile = async (now: Progress, obstacles: Iterable<Obstacle>): Promise<boolean> => {
    now.skipped = await loadSkipped(readStore, projection.name);
    return [...obstacles].some(({ stream, revision }) => now.skipped.has(eventName(stream, revision)));
  };

  /** Stopped: looks from time to time whether another projector, or an operator there, has gone on. */
  const waitStopped = async (now: Progress, { stream, revision }: Obstacle, signal: AbortSignal): Promise<void> => {
    await clock.sleep(settings.lookMs, signal);
    const found = await open();
    const goesOn = found.checkpoint.guard !== now.checkpoint.guard || found.checkpoint.document.state !== 'stopped';
    if (goesOn || found.skipped.has(eventName(stream, revision))) progress = found;
  };

  const retryNotes = async (now: Progress, signal: AbortSignal): Promise<void> => {
    if (projection.mixesStreams || now.notes.size === 0) return;
    for (const stream of now.notes.keys()) await retryStream(dependencies, stream, signal);
    now.notes = await loadParked(readStore, generation);
  };

  /** What waits here may have been healed, or skipped, through another projector; nothing but a look tells of that. */
  const lookAtNotes = async (now: Progress, waiting: AbortController): Promise<void> => {
    if (projection.mixesStreams || now.notes.size === 0) return;
    if (clock.monotonic() - notesSeenAt >= settings.lookMs) {
      now.notes = await loadParked(readStore, generation);
      notesSeenAt = clock.monotonic();
    }
    void clock.sleep(settings.lookMs, waiting.signal).then(() => waiting.abort());
  };

  const turn = async (reader: EventPages, signal: AbortSignal): Promise<void> => {
    if (mustOpen || !progress) {
      progress = await open();
      // What waits is tried at every start, so that a release which knows more heals it.
      await retryNotes(progress, signal);
      mustOpen = false;
    }
    failure = null;
    const now = progress;
    const work = queue.shift();
    if (work) return work.run();
    const waiting = new AbortController();
    interrupt = () => waiting.abort();
    if (signal.aborted) return;
    if (now.stoppedBy) return waitStopped(now, now.stoppedBy, waiting.signal);
    // Pages may have been passed before it could be told whether they were the last, without anything to write.
    const isKnown = now.checkpoint.document.state !== 'building' && now.passed === now.checkpoint.guard;
    if (!isKnown && isCaughtUp(now)) await save(now, 'following', null);
    if (progress !== now || queue.length > 0) return;
    await lookAtNotes(now, waiting);
    // Only then can it be told whether there is anything to wait for: of an empty log no event would ever tell.
    if (pages.position() === undefined) void pages.stands(waiting.signal).then(() => waiting.abort());
    const page = await reader.next(now.passed, waiting.signal);
    if (now.notes.size > 0) waiting.abort();
    if (page.length > 0 && !signal.aborted) await handle(now, page, signal);
  };

  const between: Runner['between'] = (work) =>
    new Promise((resolve, reject) => {
      if (ended) return reject(new Error('the projection is not running'));
      queue.push({ run: () => work().then(resolve, reject), refuse: reject });
      interrupt();
    });

  /** Goes on from the checkpoint and tells whether the event at which the projection stood could be applied. */
  const resume = async (): Promise<boolean> => {
    const from = progress?.checkpoint.guard ?? beginning;
    await between(async () => {
      progress = await open();
    });
    while (!ended && !progress?.stoppedBy && (progress?.checkpoint.guard ?? from) === from) await clock.sleep(resumeLookMs);
    return !ended && !progress?.stoppedBy;
  };
  const retry = (stream: string): Promise<boolean> =>
    between(async () => {
      const applied = await retryStream(dependencies, stream, new AbortController().signal);
      progress = await open();
      return applied;
    });

  return {
    status: () => ({
      state: progress?.checkpoint.document.state ?? 'building',
      position: progress?.checkpoint.guard ?? beginning,
      eventsDone: progress?.eventsDone ?? 0,
      reason: progress?.checkpoint.document.reason ?? null,
      parked: [...(progress?.notes.values() ?? [])].map(({ document }) => document),
      failure,
    }),
    run: async (signal) => {
      const onAbort = () => interrupt();
      const reader = pages.reader();
      signal.addEventListener('abort', onAbort, { once: true });
      for (let failures = 0; !signal.aborted;) {
        try {
          await turn(reader, signal);
          failures = 0;
        } catch (error) {
          mustOpen = true;
          failure = error instanceof Error ? error.message : String(error);
          logger.error({ ...about, err: error }, 'the projection starts over from its checkpoint');
          await clock.sleep(backOff(random, failures, settings.retry), signal);
          failures += 1;
        }
      }
      signal.removeEventListener('abort', onAbort);
      reader.close();
      ended = true;
      for (const { refuse } of queue.splice(0)) refuse(new Error('the projection is not running'));
    },
    between,
    retry: (stream) => (projection.mixesStreams ? resume() : retry(stream)),
  };
};
