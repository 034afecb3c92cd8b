/** The minutes of one UTC hour (`2026-01-05T03`) that a window covers, both ends included. */
export type HourSlice = { readonly hour: string; readonly firstMinute: number; readonly lastMinute: number };

export type SalesWindow = {
  readonly from: string;
  readonly to: string;
  /** UTC days that the window touches, four at most. */
  readonly days: readonly string[];
  readonly hours: readonly HourSlice[];
};

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const windowMs = 72 * hourMs;
const lastOfHour = 59;

/* eslint-disable no-restricted-globals -- arithmetic on an instant that is given; no clock is read */
const millisecondsOf = (instant: string): number => Date.parse(instant);
const instantAt = (milliseconds: number): string => new Date(milliseconds).toISOString();
/* eslint-enable no-restricted-globals */

const hourOf = (instant: string): string => instant.slice(0, 13);
const minuteOf = (instant: string): number => Number(instant.slice(14, 16));

/** The rolling 72 hours up to `to`: from the start of the minute 72 hours before it, the running minute included. */
export const salesWindow = (to: string): SalesWindow => {
  const end = millisecondsOf(to);
  const start = Math.floor(end / minuteMs) * minuteMs - windowMs;
  const from = instantAt(start);
  const hours: HourSlice[] = [];
  for (let at = Math.floor(start / hourMs) * hourMs; at <= end; at += hourMs) {
    const hour = hourOf(instantAt(at));
    hours.push({
      hour,
      firstMinute: hour === hourOf(from) ? minuteOf(from) : 0,
      lastMinute: hour === hourOf(to) ? minuteOf(to) : lastOfHour,
    });
  }
  return { from, to, days: [...new Set(hours.map(({ hour }) => hour.slice(0, 10)))], hours };
};

export const isWhole = ({ firstMinute, lastMinute }: HourSlice): boolean => firstMinute === 0 && lastMinute === lastOfHour;
