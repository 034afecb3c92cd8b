import {
  EventStoreUnavailableError,
  type AppendResult,
  type EventStore,
  type NewEvent,
  type RecordedEvent,
  type Snapshot,
} from '@shop/event-store';

/** What goes wrong with an append. Nothing: it is passed on. */
export type AppendFault =
  /** Not written; `revision` is the one named, by default that of the stream as expected plus one. */
  | { readonly fault: 'conflict'; readonly revision?: number }
  | { readonly fault: 'unknown'; readonly written: boolean }
  /** Answers unknown; is written when the test calls `landLate`. */
  | { readonly fault: 'lands-late' }
  /** Passed on when the promise resolves. */
  | { readonly fault: 'slow'; readonly until: Promise<unknown> }
  /** Written at once, acknowledged when the promise resolves. */
  | { readonly fault: 'slow-answer'; readonly until: Promise<unknown> }
  | { readonly fault: 'throws'; readonly error: Error };

export type ReadFault =
  | 'unavailable'
  /** Ends with an error after the first page. */
  | 'breaks-off'
  /** Begins when the promise resolves. */
  | { readonly begins: Promise<unknown> }
  /** Reads at once, and answers with what it read then when the promise resolves. */
  | { readonly answers: Promise<unknown> };

export type AppendCall = {
  /** Counts from 1. */
  readonly call: number;
  readonly stream: string;
  readonly expectedRevision: number;
  readonly events: readonly NewEvent[];
};

export type FaultScript = {
  readonly append?: (call: AppendCall) => AppendFault | undefined;
  readonly readStream?: (call: number, stream: string, fromRevision: number) => ReadFault | undefined;
  readonly head?: (call: number) => 'unavailable' | undefined;
  /** What is answered instead of the stored snapshot; throws where reading fails. */
  readonly readSnapshot?: (stored: Snapshot | undefined) => Snapshot | undefined;
  readonly writeSnapshot?: (call: number) => 'unavailable' | undefined;
};

export type FaultyEventStore = EventStore & {
  /** Every append that was asked for, tries of the same one included. */
  readonly appends: readonly AppendCall[];
  readonly calls: { readonly readStream: number; readonly head: number; readonly readSnapshot: number; readonly writeSnapshot: number };
  /** Lets the appends land that were to land late. */
  readonly landLate: () => Promise<readonly AppendResult[]>;
};

/** A store in front of another one that fails as its script says, call by call. */
export const faultyEventStore = (inner: EventStore, script: FaultScript = {}): FaultyEventStore => {
  const appends: AppendCall[] = [];
  const calls = { readStream: 0, head: 0, readSnapshot: 0, writeSnapshot: 0 };
  let late: (() => Promise<AppendResult>)[] = [];

  const unavailable = () => new EventStoreUnavailableError('down, as the script says');
  const unknown: AppendResult = { outcome: 'unknown', cause: new Error('no answer, as the script says') };

  const append: EventStore['append'] = async (stream, expectedRevision, events) => {
    const call = { call: appends.length + 1, stream, expectedRevision, events };
    appends.push(call);
    const pass = () => inner.append(stream, expectedRevision, events);
    const planned = script.append?.(call);
    switch (planned?.fault) {
      case undefined:
        return pass();
      case 'conflict':
        return { outcome: 'conflict', revision: planned.revision ?? expectedRevision + 1 };
      case 'unknown':
        if (planned.written) await pass();
        return unknown;
      case 'lands-late':
        late.push(pass);
        return unknown;
      case 'slow':
        await planned.until;
        return pass();
      case 'slow-answer': {
        const result = await pass();
        await planned.until;
        return result;
      }
      case 'throws':
        throw planned.error;
    }
  };
  async function* readStream(stream: string, fromRevision: number): AsyncGenerator<readonly RecordedEvent[]> {
    calls.readStream += 1;
    const planned = script.readStream?.(calls.readStream, stream, fromRevision);
    if (planned === 'unavailable') throw unavailable();
    if (typeof planned === 'object' && 'begins' in planned) await planned.begins;
    const pages: (readonly RecordedEvent[])[] = [];
    for await (const page of inner.readStream(stream, fromRevision)) pages.push(page);
    if (typeof planned === 'object' && 'answers' in planned) await planned.answers;
    for (const page of pages) {
      yield page;
      if (planned === 'breaks-off') throw unavailable();
    }
  }

  return {
    ...inner,
    appends,
    calls,
    append,
    readStream,
    head: async () => {
      calls.head += 1;
      if (script.head?.(calls.head) === 'unavailable') throw unavailable();
      return inner.head();
    },
    readSnapshot: async (stream) => {
      calls.readSnapshot += 1;
      const stored = await inner.readSnapshot(stream);
      return script.readSnapshot ? script.readSnapshot(stored) : stored;
    },
    writeSnapshot: async (stream, snapshot) => {
      calls.writeSnapshot += 1;
      if (script.writeSnapshot?.(calls.writeSnapshot) === 'unavailable') throw unavailable();
      return inner.writeSnapshot(stream, snapshot);
    },
    landLate: async () => {
      const landing = late;
      late = [];
      return Promise.all(landing.map((land) => land()));
    },
  };
};
