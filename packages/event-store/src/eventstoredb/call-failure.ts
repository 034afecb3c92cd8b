import { EventStoreUnavailableError } from '../event-store.js';

/** Our own timer ran out: the client waits for ever in reads, and past its deadline while it looks for a node. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}
/** The stream ended without an error because its client was given up: what came may be cut short. */
export class ClientReplacedError extends Error {
  override readonly name = 'ClientReplacedError';
}

/** The client's name for what went wrong; its errors carry one, unless they come from below it. */
export const failureType = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'type' in error && typeof error.type === 'string' ? error.type : undefined;

/**
 * - `answer`: the server said what is the case; the connection is as good as before.
 * - `silence`: nobody answered in time. The client goes on with the same connection: it must be replaced.
 * - `failure`: anything else. The client may go on over another connection, to another node.
 */
export type FailureKind = 'answer' | 'silence' | 'failure';

const answers = new Set(['wrong-expected-version', 'stream-not-found', 'stream-deleted', 'access-denied', 'maximum-append-size-exceeded']);
const silences = new Set(['deadline-exceeded', 'timeout']);

export const failureKind = (error: unknown): FailureKind => {
  const type = failureType(error) ?? '';
  if (answers.has(type)) return 'answer';
  return error instanceof NoAnswerError || silences.has(type) ? 'silence' : 'failure';
};

export const isNotLeader = (error: unknown): boolean => failureType(error) === 'not-leader';

const readAllRight =
  "the user may not read $all: an admin has to call setStreamMetadata('$all', { acl: { readRoles: ['$admins', '<the user or its group>'] } }) once";

/** What an operator reads. A missing certificate or a wrong password show nowhere else. */
export const reasonOf = (error: unknown, what: 'append' | 'read' | '$all'): string => {
  if (failureType(error) !== 'access-denied') return error instanceof Error ? error.message || error.constructor.name : String(error);
  if (what === '$all') return `EventStoreDB refused the user or its password, or ${readAllRight}`;
  return `EventStoreDB refused the user or its password, or the user may not ${what === 'append' ? 'append' : 'read streams'}`;
};

export const unavailable = (error: unknown, what: 'append' | 'read' | '$all'): EventStoreUnavailableError =>
  error instanceof EventStoreUnavailableError ? error : new EventStoreUnavailableError(reasonOf(error, what), { cause: error });
