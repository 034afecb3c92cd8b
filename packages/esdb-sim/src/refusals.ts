import { Metadata, status } from '@grpc/grpc-js';

/** A call that ends with a status instead of an answer. The client tells them apart by `exception` in the metadata. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly code: status,
    readonly details: string,
    readonly metadata: Metadata,
  ) {
    super(details);
  }
}

const refusal = (code: status, details: string, fields: Readonly<Record<string, string>> = {}): Refusal => {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(fields)) metadata.set(name, value);
  return new Refusal(code, details, metadata);
};
/** What went wrong, as a status in any case. */
export const refusalOf = (error: unknown): Refusal => (error instanceof Refusal ? error : refusal(status.UNKNOWN, String(error)));

export const plainStatus = (code: status, details: string): Refusal => refusal(code, details);
export const invalidRequest = (details: string): Refusal => refusal(status.UNKNOWN, details);
/** The server's own time-out for an append: neither written for sure nor not. */
export const commitTimeout = (): Refusal => refusal(status.ABORTED, 'Operation timed out: Commit phase timeout.');
export const accessDenied = (): Refusal => refusal(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });
export const notLeader = (host: string, port: number): Refusal =>
  refusal(status.NOT_FOUND, `Leader info available on ${host}:${port}`, {
    exception: 'not-leader',
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  });
export const streamDeleted = (stream: string): Refusal =>
  refusal(status.FAILED_PRECONDITION, 'The event stream is deleted.', { exception: 'stream-deleted', 'stream-name': stream });
export const appendTooLarge = (most: number): Refusal =>
  refusal(status.INVALID_ARGUMENT, `Maximum Append Size of ${most} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(most),
  });
/** Deletes answer this as an error, appends as a message. */
export const wrongExpectedVersion = (stream: string, expected: number, current: number): Refusal =>
  refusal(status.FAILED_PRECONDITION, 'Append failed due to WrongExpectedVersion.', {
    exception: 'wrong-expected-version',
    'stream-name': stream,
    'expected-version': String(expected),
    ...(current < 0 ? undefined : { 'actual-version': String(current) }),
  });
