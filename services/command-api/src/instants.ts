/** A stored instant moved by `ms`. Reckons with what it is given and asks no clock. */
export const shifted = (instant: string, ms: number): string => {
  // eslint-disable-next-line no-restricted-globals -- arithmetic on a given time
  return new Date(Date.parse(instant) + ms).toISOString();
};
