import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { eventMetadata } from './metadata.js';
import { orderFeedEvent } from './order-feed.js';
import { currentVersion, eventTypes, parseStored, storedForm, writtenVersion } from './stored-event.js';

/** Lines are added for a new version and never edited: they are what old logs hold. `becomes` says what an old version reads as today. */
const sample = z.object({
  stream: z.string(),
  type: z.string(),
  metadata: eventMetadata,
  data: z.unknown(),
  becomes: z.unknown().optional(),
});
const folder = new URL('./golden/', import.meta.url);
const linesOf = (file: string): unknown[] =>
  readFileSync(new URL(file, folder), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
const samples = readdirSync(folder)
  .filter((file) => /^v\d+\.ndjson$/.test(file))
  .flatMap((file) => linesOf(file).map((line) => sample.parse(line)));

describe('events as they were written once', () => {
  it.each(samples)('$type in $stream, version $metadata.version, can still be read', (stored) => {
    expect(parseStored(stored)).toEqual({ type: stored.type, data: stored.becomes ?? stored.data });
  });

  it('have a sample of every type and version', () => {
    const known = Object.values(eventTypes)
      .flat()
      .flatMap((type) => Array.from({ length: currentVersion(type) }, (_, index) => `${type} ${index + 1}`));
    const sampled = new Set(samples.map(({ type, metadata }) => `${type} ${metadata.version}`));
    expect([...sampled].sort()).toEqual(known.sort());
  });

  it('lose no field on the way, so that what is written is what is read', () => {
    for (const stored of samples)
      if (stored.metadata.version === currentVersion(stored.type))
        expect(Object.keys(parseStored(stored).data).sort()).toEqual(
          Object.keys(z.record(z.string(), z.unknown()).parse(stored.data)).sort(),
        );
  });
});

describe('events as they are written today', () => {
  const written = samples.filter(({ type, metadata }) => metadata.version <= writtenVersion(type));
  it.each(written)('$type in $stream, version $metadata.version, read and written again, reads the same', (stored) => {
    const event = parseStored(stored);
    const { version, data } = storedForm(event);
    expect(parseStored({ ...stored, data, metadata: { ...stored.metadata, version } })).toEqual(event);
  });
});

describe('what the data platform was promised', () => {
  const examples = linesOf('order-feed-v1.ndjson').map((line) => z.looseObject({ type: z.string() }).parse(line));

  it('has an example of every type of message, and each keeps the contract', () => {
    for (const example of examples) expect(orderFeedEvent.parse(example)).toEqual(example);
    expect(examples.map(({ type }) => type).sort()).toEqual(orderFeedEvent.options.map(({ shape }) => shape.type.value).sort());
  });

  it.each(['id', 'source', 'subject', 'time', 'sequence', 'data'])('always names %s', (field) => {
    for (const { [field]: _, ...rest } of examples) expect(orderFeedEvent.safeParse(rest).success).toBe(false);
  });

  it('pays in whole won of one currency', () => {
    const [paid] = linesOf('order-feed-v1.ndjson').map((line) => orderFeedEvent.parse(line));
    expect(orderFeedEvent.safeParse({ ...paid, data: { ...paid?.data, currency: 'USD' } }).success).toBe(false);
    expect(orderFeedEvent.safeParse({ ...paid, data: { ...paid?.data, totalAmount: 0.5 } }).success).toBe(false);
  });
});
