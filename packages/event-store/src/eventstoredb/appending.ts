import type { AppendResult as ClientResult, JSONEventData } from '@eventstore/db-client';
import { noStream, type AppendResult, type NewEvent, type RecordedEvent, type Revision } from '../event-store.js';
import { beginning, laterOf, toPosition, type Position } from '../position.js';
import { failureType, isNotLeader, reasonOf } from './call-failure.js';
import { checkAppend } from './checked-append.js';
import type { StoreTools } from './store-tools.js';
import { streamTurns } from './stream-turns.js';

/** Half of what the server takes, and with metadata and types counted: newer servers count those too. */
export const maxAppendBytes = 512 * 1024;
const mostTries = 4;
const mostRemembered = 10_000;

/** Forgets the oldest of more than it may hold. */
const remember = <Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void => {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > mostRemembered && oldest !== undefined) map.delete(oldest);
};

export const appending = (
  { esdb, calls, lease, read, credentials, times, logger }: StoreTools,
  { reached }: { readonly reached: (position: Position) => void },
) => {
  const inTurn = streamTurns();
  /** First ids of appends that were sent before, with an outcome that is not known: sent again they prove nothing about the leader. */
  const unsettled = new Map<string, true>();
  /** Conflicts of several events, by stream: does our own first event stand where they were to go? */
  const doubted = new Map<string, { readonly revision: Revision; readonly id: string }>();
  let furthest: Position = beginning;

  const toEventData = ({ id, type, data, metadata }: NewEvent): JSONEventData =>
    esdb.jsonEvent({ id, type, data: Array.isArray(data) ? data : { ...data }, metadata: { ...metadata } });

  const positionAt = async (stream: string, revision: Revision): Promise<Position> => {
    const [found] = await calls.call(times.read, (session, signal) => read.stream(session, signal, { stream, from: revision, count: 1 }));
    const position = found?.event?.position;
    if (!position || Number(found.event?.revision) !== revision)
      throw new Error(`${stream} has no event ${revision} to tell the position of`);
    return toPosition(position.commit);
  };

  const send = (stream: string, expected: Revision, events: readonly NewEvent[], repeated: boolean): Promise<ClientResult> =>
    // Some time on top: the client looks for a leader outside its deadline, and its own verdict says more than ours.
    calls.call(times.append + 250, async ({ client }) => {
      const acknowledged = lease.appending(client, repeated ? 'repeated' : 'first');
      const result = await client.appendToStream(stream, events.map(toEventData), {
        expectedRevision: expected === noStream ? 'no_stream' : BigInt(expected),
        requiresLeader: true,
        deadline: times.append,
        credentials,
      });
      // What was written earlier than something seen before may have been found in the log of a deposed leader.
      if (result.position && toPosition(result.position.commit) > furthest) acknowledged();
      return result;
    });

  const conflict = (stream: string, expected: Revision, events: readonly NewEvent[], actual: bigint | string): AppendResult => {
    const revision = typeof actual === 'bigint' ? Number(actual) : noStream;
    const [first] = events;
    if (first && events.length > 1 && revision > expected) remember(doubted, stream, { revision: expected + 1, id: first.id });
    return { outcome: 'conflict', revision };
  };

  const written = async (stream: string, { nextExpectedRevision, position: told }: ClientResult): Promise<AppendResult> => {
    const revision = Number(nextExpectedRevision);
    const position = told ? toPosition(told.commit) : await positionAt(stream, revision);
    furthest = laterOf(furthest, position);
    reached(position);
    return { outcome: 'ok', revision, position };
  };

  /** @throws what neither a retry nor another decision can make right */
  const throwIfFatal = (stream: string, error: unknown): void => {
    const type = failureType(error);
    if (type === 'stream-deleted') logger.error({ alarm: 'tombstone', stream }, 'a stream of the shop was deleted in EventStoreDB');
    if (type === 'stream-deleted' || type === 'access-denied' || type === 'maximum-append-size-exceeded')
      throw new Error(`an append to ${stream} is not possible: ${type}: ${reasonOf(error, 'append')}`, { cause: error });
  };

  const append = async (stream: string, expected: Revision, events: readonly NewEvent[]): Promise<AppendResult> => {
    const id = events[0]?.id ?? '';
    let repeated = unsettled.has(id);
    for (let tries = 1; ; tries += 1) {
      try {
        const result = await written(stream, await send(stream, expected, events, repeated));
        unsettled.delete(id);
        return result;
      } catch (error) {
        repeated = true;
        if (error instanceof esdb.WrongExpectedVersionError) {
          unsettled.delete(id);
          return conflict(stream, expected, events, error.actualVersion);
        }
        throwIfFatal(stream, error);
        if (isNotLeader(error) && tries < mostTries) continue; // nothing was written; the client now goes to the leader it was told
        remember(unsettled, id, true);
        return { outcome: 'unknown', cause: error };
      }
    }
  };

  return {
    append: async (stream: string, expected: Revision, events: readonly NewEvent[]): Promise<AppendResult> => {
      checkAppend(stream, events, maxAppendBytes);
      return inTurn(stream, () => append(stream, expected, events));
    },
    /** After a conflict its caller reads the stream: where our own event stands there, a batch was changed between two tries. */
    checkConflict: (stream: string, events: readonly RecordedEvent[]): void => {
      const doubt = doubted.get(stream);
      const found = doubt && events.find(({ revision }) => revision === doubt.revision);
      if (!doubt || !found) return;
      doubted.delete(stream);
      if (found.id === doubt.id)
        logger.error(
          { alarm: 'corrupted-append', stream, revision: doubt.revision },
          'an append was sent again with other events: a bug of the shop',
        );
    },
  };
};
