import {
  EventStoreUnavailableError,
  type NewEvent,
  type AppendResult,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '@shop/event-store';
import type { Actor, Simulation } from '../core/simulation.js';
import type { Faults } from '../faults/faults.js';
import { parseSnapshot, type SimulatedLog } from './simulated-log.js';
import type { SimulatedStaging } from './staging.js';

/** What happens to appends beside their answers, for those who count. */
export type AppendWitness = {
  /** Appends that were asked for and not answered yet, or that are on their way; those of a dead process stay. */
  readonly underWay: Set<{ readonly who: Actor }>;
  readonly asked: (who: Actor, stream: string, events: readonly NewEvent[]) => void;
  readonly conflicted: (who: Actor, stream: string) => void;
  /** `wrote`: whether it was this that wrote them. */
  readonly landedLate: (events: readonly NewEvent[], wrote: boolean, result: AppendResult) => void;
  readonly snapshotRead: (who: Actor) => void;
};

export type EventStoreParts = {
  readonly sim: Simulation;
  readonly log: SimulatedLog;
  readonly faults: Faults;
  /** Events of a page of a stream or of the log. */
  readonly pageEvents: number;
  /** Whether the store knows the end of a stream without asking, as an embedded one does. */
  readonly knowsRevisions?: boolean;
  /** Where appends are staged besides. */
  readonly staging?: SimulatedStaging | undefined;
  readonly witness: AppendWitness;
};

const unavailable = () => new EventStoreUnavailableError('down, as the seed has it');
const unknown = (): AppendResult => ({ outcome: 'unknown', cause: new Error('no answer, as the seed has it') });

/** Most milliseconds of a call that is slow, and of an append that lands when nobody expects it any more. */
const slowest = 12_000;
const latest = 50_000;
/** How long a caller waits for the answer that does not come. */
const patience = 1_500;

/** The log as one process sees it: every call waits for the scheduler, and may go wrong. */
export const simulatedEventStore = (parts: EventStoreParts, who: Actor): EventStore => {
  const { sim, log, faults, pageEvents, staging, witness } = parts;
  const staged = staging?.seenBy(who);
  const { random } = sim;
  let closed = false;

  const slow = async (fault: 'append slow' | 'read slow'): Promise<void> => {
    if (faults.strikes(fault)) await sim.sleep(who, random() ** 3 * slowest);
  };
  const landLate = (land: () => AppendResult, events: readonly NewEvent[]): void => {
    const message = sim.actor('an append on its way');
    const landing = { who: message };
    witness.underWay.add(landing);
    sim.start(
      sim.sleep(message, random() ** 2 * latest).then(() => {
        witness.underWay.delete(landing);
        const before = log.all().length;
        const result = land();
        sim.trace.remark(`lands late: ${events.map(({ type }) => type).join(', ')}: ${result.outcome}`);
        witness.landedLate(events, log.all().length > before, result);
      }),
    );
  };

  async function* readStream(stream: string, fromRevision: number): AsyncGenerator<readonly RecordedEvent[]> {
    await sim.step(who, 'read', stream);
    if (closed || faults.strikes('read fails')) throw unavailable();
    await slow('read slow');
    for (let from = Math.max(0, fromRevision); ;) {
      const page = log.eventsOf(stream).slice(from, from + pageEvents);
      if (random() < 0.25) await sim.step(who, 'read answer', stream);
      if (page.length === 0) return;
      yield page;
      from += page.length;
      if (faults.strikes('read breaks off')) throw unavailable();
    }
  }

  const nextWritten = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wake = () => {
        log.onWritten.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      log.onWritten.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  const untilAborted = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  /** A page for a subscriber: it may hold what was told before, and be of any size. */
  const pageAfter = (seen: Position): readonly RecordedEvent[] => {
    const events = log.after(seen);
    if (events.length === 0) return events;
    if (faults.strikes('subscription bursts')) return events;
    const most = 1 + Math.floor(random() * pageEvents);
    const told = log.all().length - events.length;
    const back = faults.strikes('subscription goes back') ? told : faults.strikes('subscription repeats') ? Math.min(told, 3) : 0;
    return log.all().slice(told - back, told + most);
  };

  async function* subscribe(after: Position, signal: AbortSignal): AsyncGenerator<readonly RecordedEvent[]> {
    let seen = after;
    while (!signal.aborted) {
      if (log.after(seen).length === 0) {
        await nextWritten(signal);
        continue;
      }
      await sim.step(who, 'subscription');
      if (signal.aborted || faults.strikes('subscription ends')) return;
      if (closed || faults.strikes('subscription fails')) throw unavailable();
      if (faults.strikes('subscription freezes')) return untilAborted(signal);
      const page = pageAfter(seen);
      const last = page.at(-1)?.position ?? seen;
      seen = last > seen ? last : seen;
      yield page;
    }
  }

  const tryAppend: EventStore['append'] = async (stream, expectedRevision, events) => {
    witness.asked(who, stream, events);
    const losses = staged?.losses();
    /** It stands behind what was staged before it: where that is lost, it is never written. */
    const isLost = () => staged?.losses() !== losses;
    const write = (): AppendResult => {
      if (isLost()) return unknown();
      staging?.flush();
      return log.append(stream, expectedRevision, events);
    };
    await sim.step(who, 'append', stream, write);
    if (closed || faults.strikes('append refused')) throw unavailable();
    await slow('append slow');
    const landsLate = faults.strikes('append lands late');
    if (landsLate) landLate(write, events);
    if (landsLate || faults.strikes('append lost')) {
      await sim.sleep(who, random() * patience);
      return unknown();
    }
    if (isLost()) throw unavailable();
    const result = write();
    if (result.outcome === 'conflict') witness.conflicted(who, stream);
    await sim.step(who, 'append answer', stream);
    if (!faults.strikes('append acknowledgement lost')) return result;
    await sim.sleep(who, random() * patience);
    return unknown();
  };

  return {
    maxAppendBytes: log.maxAppendBytes,
    append: (stream, expectedRevision, events) => {
      const call = { who };
      witness.underWay.add(call);
      return tryAppend(stream, expectedRevision, events).finally(() => witness.underWay.delete(call));
    },
    readStream,
    readStreamBackwards: async (stream, from, maxCount) => {
      await sim.step(who, 'read backwards', stream);
      if (closed || faults.strikes('read fails')) throw unavailable();
      const events = log.eventsOf(stream);
      const end = from === 'end' ? events.length : Math.min(from + 1, events.length);
      return events.slice(Math.max(0, end - maxCount), end).reverse();
    },
    readAll: async function* (after) {
      for (let seen = after; ;) {
        await sim.step(who, 'read log');
        if (closed || faults.strikes('read fails')) throw unavailable();
        const page = log.after(seen).slice(0, faults.strikes('log read behind') ? 0 : pageEvents);
        const last = page.at(-1);
        if (!last) return;
        yield page;
        seen = last.position;
        if (faults.strikes('read breaks off')) throw unavailable();
      }
    },
    subscribe,
    head: async () => {
      await sim.step(who, 'head');
      if (closed || faults.strikes('read fails')) throw unavailable();
      await slow('read slow');
      const head = log.head();
      if (random() < 0.25) await sim.step(who, 'head answer');
      return head;
    },
    readSnapshot: async (stream) => {
      await sim.step(who, 'read snapshot', stream);
      const kept = log.snapshots.get(stream) ?? [];
      if (faults.strikes('snapshot lost')) return undefined;
      const text = kept.length > 1 && faults.strikes('snapshot old') ? kept.at(-2) : kept.at(-1);
      if (text === undefined) return undefined;
      witness.snapshotRead(who);
      return parseSnapshot(text);
    },
    writeSnapshot: async (stream, snapshot) => {
      const text = JSON.stringify(snapshot);
      const losses = staged?.losses();
      await sim.step(who, 'write snapshot', stream);
      await staged?.settled();
      if (staged?.losses() !== losses) return; // it may hold what was lost
      log.snapshots.set(stream, [...(log.snapshots.get(stream) ?? []).slice(-1), text]);
    },
    close: async () => {
      closed = true;
    },
    ...(parts.knowsRevisions && { lastRevision: log.revisionOf }),
  };
};
