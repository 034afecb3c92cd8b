import type { NewEvent, Revision } from '../event-store.js';
import { jsonFlaw } from '../json-value.js';

/** An append that can be written as it is: serialised once, for disk and for measuring it. */
export type EncodedAppend = {
  readonly stream: string;
  readonly expected: Revision;
  readonly events: readonly NewEvent[];
  /** JSON of each event, as it stands in the commit row. */
  readonly texts: readonly string[];
  /** Characters of all texts. */
  readonly size: number;
};

const encode = (value: object, name: string): string => {
  const text = JSON.stringify(value); // first: it throws on a cycle, where the walk would never end
  const flaw = jsonFlaw(value);
  if (flaw !== undefined) throw new TypeError(`${name}${flaw}: JSON would not give it back`);
  return text;
};

/** @throws TypeError where the name could not be found again: SQLite ends text at a NUL and replaces lone surrogates */
const checkStreamName = (stream: string): void => {
  if (stream === '' || stream.includes('\0') || /\p{Surrogate}/u.test(stream))
    throw new TypeError(`${JSON.stringify(stream)} is no name for a stream`);
};

const checkIds = (stream: string, events: readonly NewEvent[]): void => {
  if (events.length === 0) throw new TypeError(`an append to ${stream} has no events`);
  if (events.length > 1 && new Set(events.map(({ id }) => id)).size < events.length)
    throw new TypeError(`an append to ${stream} has an event id twice`);
};

const longestUtf8 = 3; // bytes for one UTF-16 code unit

/** @throws TypeError for what no retry can make right; RangeError for more than `maxBytes` of types, data and metadata */
export const encodeAppend = (stream: string, expected: Revision, events: readonly NewEvent[], maxBytes: number): EncodedAppend => {
  checkStreamName(stream);
  checkIds(stream, events);
  const texts: string[] = [];
  const counted: string[] = [];
  let size = 0;
  for (const event of events) {
    const data = encode(event.data, `data of ${event.type}`);
    const metadata = encode(event.metadata, `metadata of ${event.type}`);
    const text = `{"id":${JSON.stringify(event.id)},"type":${JSON.stringify(event.type)},"data":${data},"metadata":${metadata}}`;
    texts.push(text);
    counted.push(event.type, data, metadata);
    size += text.length;
  }
  if (size * longestUtf8 > maxBytes && counted.reduce((sum, text) => sum + Buffer.byteLength(text), 0) > maxBytes)
    throw new RangeError(`an append to ${stream} holds more than ${maxBytes} bytes`);
  return { stream, expected, events, texts, size };
};
