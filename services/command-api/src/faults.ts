import { EventStoreUnavailableError } from '@shop/event-store';
import { Problem } from '@shop/http';

/** Whether a failed command may have had its effect. Of a fault that nobody foresaw nothing is known either. */
export const isOutcomeUnknown = (fault: unknown): boolean => !(fault instanceof Problem) || fault.code === 'OUTCOME_UNKNOWN';

/** What to tell a client whose order cannot have come about, though the outcome of a step before the payment is unknown. */
export const withoutEffect = (fault: unknown): unknown =>
  fault instanceof Problem && fault.code === 'OUTCOME_UNKNOWN' ? new Problem('EVENT_STORE_UNAVAILABLE', {}, { cause: fault }) : fault;

export const rethrowWithoutEffect = (fault: unknown): never => {
  throw withoutEffect(fault);
};

/** A store that cannot be read now is a "not now" to the client. Anything else stays the fault that it is. */
export const storeProblem = (fault: unknown): unknown =>
  fault instanceof EventStoreUnavailableError ? new Problem('EVENT_STORE_UNAVAILABLE', {}, { cause: fault }) : fault;

/** For what is read after an effect: if that fails, saying "no effect" would be wrong. */
export const asUnknownOutcome = (fault: unknown): never => {
  throw fault instanceof Problem ? new Problem('OUTCOME_UNKNOWN', {}, { cause: fault }) : fault;
};
