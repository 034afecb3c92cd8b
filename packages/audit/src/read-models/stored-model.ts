import {
  loadServing,
  parkedStreamsListed,
  stateCollections,
  type ReadModelName,
  type ReadStore,
  type ServingModel,
  type SkippedEvent,
} from '@shop/read-store';
import { canonical } from '../canonical.js';
import { digest, fingerprintTable, type FingerprintTable } from '../fingerprints.js';

/** A read model as it stood: of every document its position and a digest, some 60 bytes each. */
export type StoredModel = {
  readonly serving: ServingModel;
  readonly positions: FingerprintTable;
  readonly digests: FingerprintTable;
  /** Streams that wait, by the position from which they do. */
  readonly parked: ReadonlyMap<string, string>;
  /** More are parked than are named: what is missing cannot be told from what waits. */
  readonly namesAllParked: boolean;
  /** `stream/revision` of events that an operator took out of it. */
  readonly skipped: ReadonlySet<string>;
};

/** Positions are far below 2^53 in every store that there is. */
export const positionNumber = (position: string): number => Number.parseInt(position, 16);

const documentsPerBreath = 1_000;

/**
 * The checkpoint first, then what is parked, what is skipped, and the documents: so whatever the checkpoint has passed is in the documents,
 * or parked, or skipped. Undefined where nothing serves yet.
 * @throws ReadStoreUnavailableError
 */
export const readStoredModel = async (
  store: ReadStore,
  name: ReadModelName,
  breathe: () => Promise<void>,
): Promise<StoredModel | undefined> => {
  const serving = await loadServing(store, name);
  if (!serving) return undefined;
  const skipped = new Set<string>();
  const where = [{ field: 'projection', is: '=', value: name }] as const;
  for await (const { document } of store.scan<SkippedEvent>(stateCollections.skipped, { where, order: [] }))
    skipped.add(`${document.stream}/${document.revision}`);
  const positions = fingerprintTable();
  const digests = fingerprintTable();
  for await (const { id, guard, document } of store.scan(serving.collection, { where: [], order: [] })) {
    positions.set(id, positionNumber(guard));
    digests.set(id, digest(canonical(document)));
    if (positions.size() % documentsPerBreath === 0) await breathe();
  }
  const parked = new Map(serving.parked.map(({ stream, position }) => [stream, position]));
  return { serving, positions, digests, parked, namesAllParked: serving.parked.length < parkedStreamsListed, skipped };
};
