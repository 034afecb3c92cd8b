import type { Clock } from '@shop/clock';
import { Problem } from '@shop/http';

export type Ticket = {
  /** What happens when patience ends, in place of what was named before; at once where it has ended already. */
  readonly onExpiry: (expire: () => void) => void;
  readonly leave: () => void;
};
export type WaitingRoom = {
  /** @throws Problem `OVERLOADED` where too many wait already, overall or of this user */
  readonly enter: (user: string | undefined) => Ticket;
  readonly size: () => number;
  /** Ends the timer; whoever is still inside leaves by other ways. */
  readonly close: () => void;
};
export type WaitingRoomLimits = { readonly patienceMs: number; readonly most: number; readonly mostPerUser: number };

type Guest = { readonly due: number; expire: (() => void) | undefined; expired: boolean };

/**
 * Bounds how long and how many reads wait. All have the same patience, so the order of arrival is the order of expiry and one
 * timer serves all: a timer per read would cost more than the read.
 */
export const waitingRoom = (clock: Clock, { patienceMs, most, mostPerUser }: WaitingRoomLimits): WaitingRoom => {
  const guests = new Set<Guest>();
  const ofUser = new Map<string, number>();
  const closing = new AbortController();
  let watched = false;

  const expireDue = (): Guest | undefined => {
    const now = clock.monotonic();
    for (const guest of guests) {
      if (guest.due > now) return guest;
      guests.delete(guest);
      guest.expired = true;
      guest.expire?.();
    }
    return undefined;
  };
  const watch = async (): Promise<void> => {
    watched = true;
    for (let first = expireDue(); first && !closing.signal.aborted; first = expireDue())
      await clock.sleep(first.due - clock.monotonic(), closing.signal);
    watched = false;
  };
  const count = (user: string | undefined, change: 1 | -1): void => {
    if (user === undefined) return;
    const left = (ofUser.get(user) ?? 0) + change;
    if (left > 0) ofUser.set(user, left);
    else ofUser.delete(user);
  };
  return {
    enter: (user) => {
      if (guests.size >= most || (user !== undefined && (ofUser.get(user) ?? 0) >= mostPerUser)) throw new Problem('OVERLOADED');
      const guest: Guest = { due: clock.monotonic() + patienceMs, expire: undefined, expired: false };
      guests.add(guest);
      count(user, 1);
      let inside = true;
      if (!watched) void watch(); // a clock's sleep never rejects
      return {
        onExpiry: (expire) => {
          guest.expire = expire;
          if (guest.expired) expire();
        },
        leave: () => {
          if (!inside) return;
          inside = false;
          guests.delete(guest);
          count(user, -1);
        },
      };
    },
    size: () => guests.size,
    close: () => closing.abort(),
  };
};
