import { laterOf, type EventStore, type Position } from '@shop/event-store';
import type { ParkedStream, Stored } from '@shop/read-store';
import { applyBatch, type BatchDependencies } from './batch.js';
import type { IsHeld, Obstacle, Obstacles } from './fold.js';
import { loadCheckpoint, loadParked, loadSkipped, removeParked, writeParked, type ParkedNotes } from './generation-state.js';
import { toLogEvent, type LogEvent } from './log-event.js';

export type ParkingDependencies = BatchDependencies & { readonly eventStore: Pick<EventStore, 'readStream'> };

export const heldBy =
  (notes: ParkedNotes): IsHeld =>
  (stream, position) => {
    const note = notes.size === 0 ? undefined : notes.get(stream);
    return note !== undefined && position >= note.document.position;
  };

type Waiting = { readonly from: Position; count: number; last: Position };

/** What a batch leaves waiting, as notes to be written under the versions known. A note that already names all of it stays. */
const notesAfter = (
  { generation: { projection, version, generation }, clock }: BatchDependencies,
  { notes, obstacles, events }: { readonly notes: ParkedNotes; readonly obstacles: Obstacles; readonly events: readonly LogEvent[] },
) => {
  const waiting = new Map<string, Waiting>();
  for (const { recorded } of events) {
    const note = notes.get(recorded.stream)?.document;
    const from = note?.position ?? obstacles.get(recorded.stream)?.position;
    if (from === undefined || recorded.position < from || recorded.position <= (note?.lastPosition ?? '')) continue;
    const known = waiting.get(recorded.stream) ?? { from, count: 0, last: recorded.position };
    known.count += 1;
    known.last = recorded.position;
    waiting.set(recorded.stream, known);
  }
  return [...waiting].map(([stream, { from, count, last }]) => {
    const before = notes.get(stream);
    const first = before?.document ?? {
      projection,
      version,
      generation,
      stream,
      revision: obstacles.get(stream)?.revision ?? 0,
      position: from,
      reason: obstacles.get(stream)?.reason ?? '',
      parkedAt: clock.now().toISOString(),
      waiting: 0,
    };
    const note: ParkedStream = { ...first, waiting: first.waiting + count, lastPosition: last };
    return { before, note };
  });
};

/**
 * Makes durable what a batch leaves waiting; only then may the checkpoint pass it. False where a note was no longer the one known:
 * somebody has retried that stream, and what was held here may have to be applied instead.
 */
export const parkWaiting = async (
  dependencies: BatchDependencies,
  batch: { readonly notes: ParkedNotes; readonly obstacles: Obstacles; readonly events: readonly LogEvent[] },
): Promise<'nothing' | 'parked' | 'outdated'> => {
  if (batch.notes.size === 0 && batch.obstacles.size === 0) return 'nothing';
  const writes = notesAfter(dependencies, batch);
  if (writes.length === 0) return 'nothing';
  return (await writeParked(dependencies.readStore, writes)) ? 'parked' : 'outdated';
};

const retryRounds = 8;

/**
 * Applies what waits of a stream, up to everything that a checkpoint has passed or is about to pass, then deletes the note under the
 * version that was read before. Answers whether the stream waits no longer.
 */
export const retryStream = async (dependencies: ParkingDependencies, stream: string, signal: AbortSignal): Promise<boolean> => {
  const { readStore, generation, projection } = dependencies;
  for (let round = 0; round < retryRounds; round += 1) {
    const note = (await loadParked(readStore, generation)).get(stream);
    if (!note) return true;
    // The checkpoint after the note: a batch writes its note first, so one that is under way is in `lastPosition` or makes the delete fail.
    const passed = (await loadCheckpoint(readStore, generation))?.guard ?? '';
    const upTo = laterOf(passed, note.document.lastPosition);
    const skipped = await loadSkipped(readStore, projection.name);
    const left = await applyWaiting(dependencies, note.document, { upTo, skipped, signal });
    if (!left) {
      if (await removeParked(readStore, note)) return true;
    } else if (left.obstacle.revision === note.document.revision && left.obstacle.reason === note.document.reason) return false;
    else if (await writeParked(readStore, [{ before: note, note: stillParked(note, left) }])) return false;
  }
  return false;
};

type Left = { readonly obstacle: Obstacle; readonly waiting: number };

const stillParked = ({ document }: Stored<ParkedStream>, { obstacle, waiting }: Left): ParkedStream => ({
  ...document,
  revision: obstacle.revision,
  position: obstacle.position,
  reason: obstacle.reason,
  waiting,
});

const applyWaiting = async (
  dependencies: ParkingDependencies,
  { stream, revision }: ParkedStream,
  { upTo, skipped, signal }: { readonly upTo: Position; readonly skipped: ReadonlySet<string>; readonly signal: AbortSignal },
): Promise<Left | undefined> => {
  let obstacle: Obstacle | undefined;
  let waiting = 0;
  for await (const page of dependencies.eventStore.readStream(stream, revision)) {
    const due = page.filter(({ position }) => position <= upTo);
    if (due.length === 0) break;
    if (!obstacle) {
      const events = due.map((recorded) => toLogEvent(dependencies.parse, recorded));
      const result = await applyBatch(dependencies, { events, skipped, isHeld: () => false, tries: 1, signal });
      obstacle = result.obstacles.get(stream);
    }
    const from = obstacle?.position;
    if (from !== undefined) waiting += due.filter(({ position }) => position >= from).length;
  }
  return obstacle && { obstacle, waiting };
};
