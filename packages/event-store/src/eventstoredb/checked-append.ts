import type { NewEvent } from '../event-store.js';
import { jsonFlaw } from '../json-value.js';

const uuid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const longestUtf8 = 3; // bytes for one UTF-16 code unit

const isName = (text: string): boolean => text !== '' && !text.startsWith('$') && !text.includes('\0') && text.isWellFormed();

const textOf = (value: object, name: string): string => {
  const text = JSON.stringify(value); // first: it throws on a cycle, where the walk would never end
  const flaw = jsonFlaw(value);
  if (flaw !== undefined) throw new TypeError(`${name}${flaw}: JSON would not give it back`);
  return text;
};

/**
 * Refuses what no retry can make right: the client would hang on it, or the server answer with an error that looks like a lost connection.
 * @throws TypeError, RangeError for more than `maxBytes` of types, data and metadata
 */
export const checkAppend = (stream: string, events: readonly NewEvent[], maxBytes: number): void => {
  if (!isName(stream)) throw new TypeError(`${JSON.stringify(stream)} is no name for a stream`);
  if (events.length === 0) throw new TypeError(`an append to ${stream} has no events`);
  if (events.length > 1 && new Set(events.map(({ id }) => id)).size < events.length)
    throw new TypeError(`an append to ${stream} has an event id twice`);
  const texts: string[] = [];
  let size = 0;
  for (const { id, type, data, metadata } of events) {
    if (!uuid.test(id)) throw new TypeError(`${JSON.stringify(id)} is no id for an event: EventStoreDB takes UUIDs`);
    if (!isName(type)) throw new TypeError(`${JSON.stringify(type)} is no type for an event`);
    texts.push(type, textOf(data, `data of ${type}`), textOf(metadata, `metadata of ${type}`));
  }
  for (const text of texts) size += text.length;
  if (size * longestUtf8 > maxBytes && texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) > maxBytes)
    throw new RangeError(`an append to ${stream} holds more than ${maxBytes} bytes`);
};
