import type { Clock } from '@shop/clock';
import type { Position } from '@shop/event-store';

/**
 * Asks where the log ends, one request at a time. Whoever comes while one is under way shares the next: an answer sent for
 * earlier may lack what was committed before they came.
 * A request without an answer for `patienceMs` is given up, so that one lost reply does not hold up all later reads.
 */
export const sharedHead = (
  head: () => Promise<Position>,
  { clock, patienceMs }: { readonly clock: Clock; readonly patienceMs: number },
): (() => Promise<Position>) => {
  let underWay: { readonly answer: Promise<Position>; readonly sentAt: number } | undefined;
  let next: Promise<Position> | undefined;

  const send = (): Promise<Position> => {
    next = undefined;
    const request = { answer: head(), sentAt: clock.monotonic() };
    underWay = request;
    const end = () => {
      if (underWay === request && !next) underWay = undefined;
    };
    request.answer.then(end, end);
    return request.answer;
  };
  return () => {
    if (!underWay || clock.monotonic() - underWay.sentAt > patienceMs) return send();
    if (!next) {
      const before = underWay;
      // Given up meanwhile: those who wait here have run out of time too, and the newer request is not theirs to replace.
      const proceed = () => (underWay === before ? send() : before.answer);
      next = before.answer.then(proceed, proceed);
    }
    return next;
  };
};
