import { appendBytes, type NewEvent, type Revision } from '../event-store.js';
import { jsonFlaw } from '../json-value.js';

/** An append that can be written as it is: serialised once, for disk and for measuring it. */
export type EncodedAppend = {
  readonly stream: string;
  readonly expected: Revision;
  readonly events: readonly NewEvent[];
  /** JSON of the events, as it stands in the commit row. */
  readonly text: string;
};

/** @throws TypeError where the name could not be found again: SQLite ends text at a NUL and replaces lone surrogates */
const checkStreamName = (stream: string): void => {
  if (stream === '' || stream.includes('\0') || !stream.isWellFormed())
    throw new TypeError(`${JSON.stringify(stream)} is no name for a stream`);
};

const checkIds = (stream: string, events: readonly NewEvent[]): void => {
  if (events.length === 0) throw new TypeError(`an append to ${stream} has no events`);
  if (events.length > 1 && new Set(events.map(({ id }) => id)).size < events.length)
    throw new TypeError(`an append to ${stream} has an event id twice`);
};

const checkValue = (value: object, name: 'data' | 'metadata', type: string): void => {
  const flaw = jsonFlaw(value);
  if (flaw !== undefined) throw new TypeError(`${name} of ${type}${flaw}: JSON would not give it back`);
};

const stored = ({ id, type, data, metadata }: NewEvent) => ({ id, type, data, metadata });

/** One call for all, because each of them costs as much as a small event, and one event without an array around it, because that costs a tenth. */
const textOf = (events: readonly NewEvent[]): string => {
  const [only] = events;
  return only && events.length === 1 ? `[${JSON.stringify(stored(only))}]` : JSON.stringify(events.map(stored));
};

const longestUtf8 = 3; // bytes for one UTF-16 code unit

/** @throws TypeError for what no retry can make right; RangeError for more than `maxBytes` of types, data and metadata */
export const encodeAppend = (stream: string, expected: Revision, events: readonly NewEvent[], maxBytes: number): EncodedAppend => {
  checkStreamName(stream);
  checkIds(stream, events);
  const text = textOf(events); // before the walk: it throws on a cycle, where the walk would never end
  for (const { type, data, metadata } of events) {
    checkValue(data, 'data', type);
    checkValue(metadata, 'metadata', type);
  }
  if (text.length * longestUtf8 > maxBytes && events.reduce((sum, event) => sum + appendBytes(event), 0) > maxBytes)
    throw new RangeError(`an append to ${stream} holds more than ${maxBytes} bytes`);
  return { stream, expected, events, text };
};
