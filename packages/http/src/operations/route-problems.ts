import { problemStatus, type ProblemCode } from '../problem.js';
import type { Route } from '../route.js';

const always: readonly ProblemCode[] = [
  'VALIDATION_FAILED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'INTERNAL_ERROR',
  'OVERLOADED',
  'EVENT_STORE_UNAVAILABLE',
];
const ofReads: readonly ProblemCode[] = [
  'CONSISTENCY_TOKEN_INVALID',
  'READ_MODEL_LAGGING',
  'READ_MODEL_DEGRADED',
  'READ_STORE_UNAVAILABLE',
];
const ofWrites: readonly ProblemCode[] = ['WRITE_CONTENTION', 'OUTCOME_UNKNOWN'];
const ofBodies: readonly ProblemCode[] = ['MALFORMED_JSON', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];
const ofKeys: readonly ProblemCode[] = [
  'IDEMPOTENCY_KEY_REQUIRED',
  'IDEMPOTENCY_KEY_INVALID',
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENCY_KEY_IN_USE',
];
const ofCallers: readonly ProblemCode[] = ['UNAUTHENTICATED', 'AUTH_UNAVAILABLE'];

const when = (condition: boolean, codes: readonly ProblemCode[]) => (condition ? codes : []);

/** Every code that a route may answer: its own, and those that come with what it takes. */
export const problemsOf = ({ method, access, idempotency, problems }: Route): readonly ProblemCode[] => [
  ...problems,
  ...always,
  ...when(method === 'get', ofReads),
  ...when(method !== 'get', ofWrites),
  ...when(method !== 'get' && method !== 'delete', ofBodies),
  ...when(idempotency === 'honoured', ofKeys),
  ...when(idempotency === 'checked', ['IDEMPOTENCY_KEY_INVALID']),
  ...when(access.kind !== 'public', ofCallers),
  ...when(access.kind === 'self', ['USER_ID_REQUIRED']),
];

/** Codes by status, both in rising order of the status. */
export const problemsByStatus = (route: Route): ReadonlyMap<number, readonly ProblemCode[]> => {
  const codes = [...new Set(problemsOf(route))].sort((one, other) => problemStatus[one] - problemStatus[other]);
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) byStatus.set(problemStatus[code], [...(byStatus.get(problemStatus[code]) ?? []), code]);
  return byStatus;
};
