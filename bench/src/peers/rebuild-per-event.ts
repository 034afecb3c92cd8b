import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { beginning, type RecordedEvent } from '@shop/event-store';
import { openEmbeddedEventStore } from '@shop/event-store/embedded';
import { parseStored, type ShopEvent } from '@shop/events';
import { projections } from '@shop/projector';
import type { ReadModelDocuments, ReadModelName } from '@shop/read-store';
import Libsql from 'libsql';
import { z } from 'zod';

/** A read model built the simple way: load, fold, write and move the checkpoint in one transaction for each event. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { data: { type: 'string' }, synchronous: { type: 'string' } },
});
const { data: folder, synchronous } = z.object({ data: z.string(), synchronous: z.enum(['FULL', 'NORMAL']) }).parse(values);
const projection = projections.find(({ name }) => name === positionals[0]);
if (!projection) throw new Error(`there is no read model ${String(positionals[0])}`);
const wanted: ReadonlySet<string> = new Set(projection.handles);
/** Long enough for a rate, short enough for a disk on which a sync takes milliseconds. */
const limitMs = 4_000;

type Document = ReadModelDocuments[ReadModelName];

const database = new Libsql(join(folder, 'per-event.db'));
database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA cache_size = -65536;
  CREATE TABLE documents (id TEXT PRIMARY KEY, guard TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE checkpoint (only INTEGER PRIMARY KEY, position TEXT NOT NULL); INSERT INTO checkpoint VALUES (1, '${beginning}')`);
const begin = database.prepare('BEGIN IMMEDIATE');
const commit = database.prepare('COMMIT');
const load = database.prepare('SELECT body FROM documents WHERE id = ?').raw();
const save = database.prepare(
  'INSERT INTO documents VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET guard = excluded.guard, body = excluded.body',
);
const move = database.prepare('UPDATE checkpoint SET position = ? WHERE only = 1');

const loaded = (id: string): Document | undefined => {
  const rows: unknown = load.all(id);
  const body: unknown = Array.isArray(rows) ? rows.flat()[0] : undefined;
  if (typeof body !== 'string') return undefined;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-return -- this program wrote it itself
  return JSON.parse(body);
};

const apply = ({ stream, revision, position, id: eventId }: RecordedEvent, event: ShopEvent): void => {
  begin.run();
  const context = { stream, revision, position, eventId };
  for (const id of projection.documentIds(event, context))
    save.run(id, position, JSON.stringify(projection.evolve(loaded(id), event, context, id)));
  move.run(position);
  commit.run();
};

const log = await openEmbeddedEventStore({ folder });
const began = performance.now();
let events = 0;
reading: for await (const page of log.readAll(beginning))
  for (const recorded of page) {
    const event = parseStored(recorded);
    if (wanted.has(event.type)) apply(recorded, event);
    events += 1;
    if (performance.now() - began > limitMs) break reading;
  }
const rate = events / ((performance.now() - began) / 1_000);
await log.close();
database.close();
process.stdout.write(`${Math.round(rate)} events/s\n`);
