/** A document with its envelope. The document lies below a field of its own, so that none of its names can be taken for the envelope's. */
export type Row = { readonly _id: string; readonly guard: string; readonly document: object };
export type Version = Pick<Row, '_id' | 'guard'>;

/** Built from constants and checked strings alone, never from an object that somebody sent. */
export type Filter = { readonly [path: string]: unknown };
export type Sort = readonly (readonly [path: string, direction: 1 | -1])[];
export type FindOptions = { readonly sort?: Sort; readonly limit?: number; readonly skip?: number };

export type BulkOperation =
  | { readonly insertOne: { readonly document: Row } }
  | { readonly replaceOne: { readonly filter: Filter; readonly replacement: Omit<Row, '_id'>; readonly upsert: false } };
export type BulkOutcome = {
  readonly inserted: number;
  readonly matched: number;
  /** Error codes of the operations that were refused. */
  readonly refusals: readonly number[];
  /** Whether a majority has what was applied. */
  readonly isDurable: boolean;
};

/** `renewedAt` is of the server's clock; 1970 where nobody holds the lease. */
export type LeaseRow = {
  readonly _id: string;
  readonly owner: string;
  readonly epoch: number;
  readonly ttlMs: number;
  readonly renewedAt: Date;
};

/**
 * The part of MongoDB that this store uses, so that its own logic can be tried on a server that fails as told. Reads and writes are the
 * primary's and a majority's. Every call rejects with ReadStoreUnavailableError where the server cannot answer: a write's outcome is
 * unknown then.
 */
export type MongoDriver = {
  readonly find: (collection: string, filter: Filter, options: FindOptions) => Promise<readonly Row[]>;
  /** As `find`, some rows at a time; leaving the loop closes the cursor. */
  readonly scan: (collection: string, filter: Filter, options: FindOptions) => AsyncIterable<Row>;
  /** Ids and guards of all documents, by id. */
  readonly versions: (collection: string) => Promise<readonly Version[]>;
  readonly count: (collection: string, filter: Filter) => Promise<number>;
  /** Unordered. Rejects where nothing is known of any operation. */
  readonly bulkWrite: (collection: string, operations: readonly BulkOperation[]) => Promise<BulkOutcome>;
  /** Answers how many were deleted: one or none. */
  readonly deleteOne: (collection: string, filter: Filter) => Promise<number>;
  readonly findLease: (name: string) => Promise<LeaseRow | null>;
  /** False where there is one by that name. */
  readonly insertLease: (lease: LeaseRow) => Promise<boolean>;
  /** Sets fields, and `renewedAt` to the server's time unless it is among them; answers the lease after that, null where none meets the filter. */
  readonly updateLease: (filter: Filter, set: Partial<LeaseRow>) => Promise<LeaseRow | null>;
  readonly serverTime: () => Promise<Date>;
  /** One that is there already is fine. */
  readonly createCollection: (collection: string) => Promise<void>;
  /** Named after its fields: the same ones again are fine, other ones are another index. */
  readonly createIndex: (collection: string, fields: Sort) => Promise<void>;
  readonly collections: () => Promise<readonly string[]>;
  readonly drop: (collection: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

export const duplicateKey = 11_000;
