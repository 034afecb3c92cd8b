import { binaryEvent, EventStoreDBClient } from '@eventstore/db-client';

/** Writes a last part whose hash is not that of its bytes. */
export const damageSnapshot = (url: () => string) => async (stream: string) => {
  const client = EventStoreDBClient.connectionString(url());
  const metadata = { snapshot: 'damaged', part: 1, parts: 1, hash: 'of other bytes', revision: 4, foldVersion: 1 };
  const event = binaryEvent({ type: 'SnapshotPart', data: Buffer.from('{"available":11}'), metadata });
  await client.appendToStream(`snap-${stream}`, [event], { expectedRevision: 0n, credentials: { username: 'any', password: 'any' } });
  await client.dispose();
};
