import { createHash } from 'node:crypto';
import type { ResolvedEvent } from '@eventstore/db-client';
import { z } from 'zod';
import { EventStoreUnavailableError, type Snapshot } from '../event-store.js';
import { jsonFlaw } from '../json-value.js';
import { failureType, unavailable } from './call-failure.js';
import type { StoreTools } from './store-tools.js';
import { streamTurns } from './stream-turns.js';

/** A snapshot is a run of events in a stream beside its own: parts of its JSON, each of them naming the whole. */
const partHead = z.object({
  snapshot: z.string(),
  part: z.int().min(1),
  parts: z.int().min(1),
  hash: z.string(),
  revision: z.int(),
  foldVersion: z.int(),
});
type Part = z.infer<typeof partHead> & { readonly bytes: Uint8Array };

const partBytes = 400 * 1024; // below what one append may hold, with room for the rest of it
const maxParts = 32;
const keptEvents = 2 * maxParts; // a whole one is there while the next is written

const snapshotStream = (stream: string) => `snap-${stream}`;
const hashOf = (stream: string, revision: number, foldVersion: number, bytes: Uint8Array): string =>
  createHash('sha256').update(`${stream}\n${revision}\n${foldVersion}\n`).update(bytes).digest('hex');

const serialise = (stream: string, state: unknown): Buffer => {
  const text: string | undefined = JSON.stringify(state);
  const flaw = jsonFlaw(state);
  if (flaw !== undefined || text === undefined) throw new TypeError(`the snapshot of ${stream}${flaw}: JSON would not give it back`);
  const bytes = Buffer.from(text);
  if (bytes.length > partBytes * maxParts) throw new RangeError(`the snapshot of ${stream} is larger than ${partBytes * maxParts} bytes`);
  return bytes;
};

const partOf = ({ event }: ResolvedEvent): Part | undefined => {
  const head = partHead.safeParse(event?.metadata).data;
  return head && event?.data instanceof Uint8Array ? { ...head, bytes: event.data } : undefined;
};

/** The parts of the newest whole snapshot among events that are given newest first; undefined where more of them are needed. */
const newestWhole = (newestFirst: readonly ResolvedEvent[]): readonly Part[] | undefined => {
  const parts = newestFirst.map(partOf);
  const end = parts.findIndex((part) => part !== undefined && part.part === part.parts);
  const last = parts[end];
  if (!last) return undefined;
  const run = parts.slice(end, end + last.parts).reverse();
  return run.length === last.parts
    ? run.map((part, index) => (part?.snapshot === last.snapshot && part.part === index + 1 ? part : last))
    : undefined;
};

const parse = (stream: string, parts: readonly Part[]): Snapshot | undefined => {
  const last = parts.at(-1);
  if (!last) return undefined;
  const { revision, foldVersion, hash } = last;
  const bytes = Buffer.concat(parts.map((part) => part.bytes));
  if (hash !== hashOf(stream, revision, foldVersion, bytes)) return undefined;
  const state: unknown = JSON.parse(bytes.toString());
  return { revision, foldVersion, state };
};

export const snapshots = ({ esdb, calls, read, credentials, times, newId }: StoreTools) => {
  const inTurn = streamTurns();
  const options = { credentials, requiresLeader: true, deadline: times.append };

  const newest = async (stream: string, count: number): Promise<readonly ResolvedEvent[]> => {
    try {
      return await calls.call(times.read, (session, signal) => read.newestOf(session, signal, { stream: snapshotStream(stream), count }));
    } catch (error) {
      if (failureType(error) === 'stream-not-found') return [];
      throw unavailable(error, 'read');
    }
  };

  /** Before the first event, so that old ones do not pile up. */
  const limit = async (stream: string): Promise<void> => {
    try {
      await calls.call(times.append, ({ client }) =>
        client.setStreamMetadata(snapshotStream(stream), { maxCount: keptEvents }, { ...options, expectedRevision: 'no_stream' }),
      );
    } catch (error) {
      if (failureType(error) !== 'wrong-expected-version') throw unavailable(error, 'append'); // a conflict: it is done
    }
  };

  const append = async (
    stream: string,
    expected: bigint | undefined,
    head: z.infer<typeof partHead>,
    bytes: Uint8Array,
  ): Promise<bigint> => {
    const event = esdb.binaryEvent({ id: newId(), type: 'SnapshotPart', data: bytes, metadata: head });
    try {
      const { nextExpectedRevision } = await calls.call(times.append, ({ client }) =>
        client.appendToStream(snapshotStream(stream), [event], { ...options, expectedRevision: expected ?? 'no_stream' }),
      );
      return nextExpectedRevision;
    } catch (error) {
      if (failureType(error) === 'wrong-expected-version')
        throw new EventStoreUnavailableError(`another process wrote a snapshot of ${stream}`, { cause: error });
      throw unavailable(error, 'append');
    }
  };

  return {
    read: async (stream: string): Promise<Snapshot | undefined> => {
      const [last, ...rest] = await newest(stream, 1);
      if (!last) return undefined;
      const whole = newestWhole([last, ...rest]) ?? newestWhole(await newest(stream, keptEvents));
      return whole && parse(stream, whole);
    },
    write: async (stream: string, { revision, foldVersion, state }: Snapshot): Promise<void> => {
      const bytes = serialise(stream, state);
      const parts = Math.max(1, Math.ceil(bytes.length / partBytes));
      const whole = { snapshot: newId(), parts, hash: hashOf(stream, revision, foldVersion, bytes), revision, foldVersion };
      await inTurn(stream, async () => {
        const [last] = await newest(stream, 1);
        if (!last) await limit(stream);
        let expected = last?.event?.revision;
        for (let part = 1; part <= parts; part += 1)
          expected = await append(stream, expected, { ...whole, part }, bytes.subarray((part - 1) * partBytes, part * partBytes));
      });
    },
  };
};
