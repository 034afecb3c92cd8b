import { writeSync } from 'node:fs';
import { noStream } from '../../event-store.js';
import { embeddedEventStore } from '../embedded-event-store.js';
import { openLogFile } from '../log-file.js';

/**
 * A process that appends, one event to each of many streams at once, and says on standard output what was acknowledged, a line for each turn.
 * Arguments: folder, synchronous, events a turn, streams, turns. After the last turn it kills itself, as it stands.
 */
const [folder = '', synchronous = 'FULL', width = '20', streams = '7', turns = 'Infinity'] = process.argv.slice(2);
if (synchronous !== 'FULL' && synchronous !== 'NORMAL' && synchronous !== 'OFF') throw new Error(`synchronous cannot be ${synchronous}`);

const store = embeddedEventStore(openLogFile({ folder, synchronous }));
const revisions = new Map<string, number>();
let count = 0;

const appendOne = async (): Promise<string> => {
  const note = `event ${(count += 1)}`;
  const stream = `product-${count % Number(streams)}`;
  const expected = revisions.get(stream) ?? noStream;
  revisions.set(stream, expected + 1);
  const data = { note, filler: 'x'.repeat(300) };
  const result = await store.append(stream, expected, [
    { id: note, type: 'Noted', data, metadata: { version: 1, correlationId: 'c', causationId: 'c' } },
  ]);
  if (result.outcome !== 'ok') throw new Error(`${note}: ${result.outcome}`);
  return note;
};

writeSync(1, 'open\n');
for (let turn = 0; turn < Number(turns); turn += 1) {
  const acknowledged = await Promise.all(Array.from({ length: Number(width) }, appendOne));
  writeSync(1, `${acknowledged.join('\n')}\n`);
}
process.kill(process.pid, 'SIGKILL');
