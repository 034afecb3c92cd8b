/**
 * A place in the log of all events: 16 lower-case hex digits, compared as strings. Rising, not gapless.
 * The event at a position is included by "up to" it and excluded by "after" it.
 */
export type Position = string;

/** Before the first event of the log. */
export const beginning: Position = '0'.repeat(16);

const tail = 3;
const tails = Array.from({ length: 16 ** tail }, (_, value) => value.toString(16).padStart(tail, '0'));
let lastHead = { value: 0, digits: '0'.repeat(16 - tail) };

/** Positions come in order, so the first digits are nearly always those of the one before. */
const headOf = (value: number): string => {
  if (value !== lastHead.value) lastHead = { value, digits: value.toString(16).padStart(16 - tail, '0') };
  return lastHead.digits;
};

/** @throws RangeError for what is no 64-bit unsigned integer */
export const toPosition = (value: bigint | number): Position => {
  if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) {
    const head = Math.floor(value / tails.length);
    return headOf(head) + (tails[value - head * tails.length] ?? '');
  }
  const digits = (Number.isSafeInteger(value) ? value : BigInt(value)).toString(16); // BigInt is slow, and this runs for every event
  if (value < 0 || digits.length > 16) throw new RangeError(`${value} is no position`);
  return digits.padStart(16, '0');
};

export const fromPosition = (position: Position): bigint => BigInt(`0x${position}`);

export const isPosition = (text: string): boolean => /^[0-9a-f]{16}$/.test(text);

export const laterOf = (one: Position, other: Position): Position => (one > other ? one : other);
export const earlierOf = (one: Position, other: Position): Position => (one < other ? one : other);
