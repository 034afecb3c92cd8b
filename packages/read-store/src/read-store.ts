/** Guard of a document: of two versions of one document the higher string is always right. For projected documents a position of the log. */
export type Guard = string;

/** What is stored: a plain JSON object without `undefined`; never a field name that comes from input. */
export type Stored<Document extends object> = { readonly id: string; readonly guard: Guard; readonly document: Document };

/** Replaces the very version it was made from, or inserts where `from` is null (no document). Anything else is left alone. */
export type GuardedWrite<Document extends object> = Stored<Document> & { readonly from: Guard | null };

export type Value = string | number | boolean;
/** Conditions on top-level fields (`id` and `guard` of the envelope by these names); all must hold. A missing field meets none. */
export type Condition =
  | { readonly field: string; readonly is: '=' | '<' | '<=' | '>' | '>='; readonly value: Value }
  | { readonly field: string; readonly is: 'in'; readonly values: readonly Value[] }
  /** Substring by code unit; store folded text for any other comparison. */
  | { readonly field: string; readonly is: 'contains'; readonly value: string };
export type Order = { readonly field: string; readonly direction: 'ascending' | 'descending' };
/** Strings sort by code point. `order` names every field that makes the order total. */
export type Query = {
  readonly where: readonly Condition[];
  readonly order: readonly Order[];
  readonly limit: number;
  readonly skip?: number;
};
/** Equality fields first, then the fields sorted by. Named after the collection that it belongs to. */
export type Index = { readonly name: string; readonly fields: readonly Order[] };

/** Held by one owner until it expires; it saves work and gives no safety. */
export type Lease = { readonly name: string; readonly owner: string; readonly epoch: number };

/** The read store cannot answer now. The outcome of a write is unknown; every write may be repeated as it is. */
export class ReadStoreUnavailableError extends Error {
  override readonly name = 'ReadStoreUnavailableError';
}

/**
 * Documents of the read models. It may be lost at any time: everything in it is folded from the log again.
 * Every adapter passes `readStoreContract`. Every call may throw ReadStoreUnavailableError.
 */
export type ReadStore = {
  /** Creates what is missing; the same definition again is fine. */
  readonly ensureCollection: (collection: string, indexes: readonly Index[]) => Promise<void>;
  readonly collections: () => Promise<readonly string[]>;
  readonly dropCollection: (collection: string) => Promise<void>;
  /** Documents by id, missing ones left out; from the primary, so a document written before is seen. */
  readonly load: <Document extends object>(collection: string, ids: readonly string[]) => Promise<ReadonlyMap<string, Stored<Document>>>;
  /** Applies each write whose `from` fits, independently of the others. Answers how many were applied. Ids are unique in a call. */
  readonly write: <Document extends object>(collection: string, writes: readonly GuardedWrite<Document>[]) => Promise<number>;
  /** Deletes the very version named; false where another or none stands there. Never used on projected documents. */
  readonly remove: (collection: string, id: string, guard: Guard) => Promise<boolean>;
  readonly find: <Document extends object>(collection: string, query: Query) => Promise<readonly Stored<Document>[]>;
  /** As `find` without limit and skip, lazily; leaving the loop closes the cursor. Not a snapshot: a changing document may be missed or met twice. */
  readonly scan: <Document extends object>(collection: string, query: Pick<Query, 'where' | 'order'>) => AsyncIterable<Stored<Document>>;
  readonly count: (collection: string, where: readonly Condition[]) => Promise<number>;
  /**
   * Only of a store that knows it without looking through the documents of a read model: a guard that none in the collection is newer than, and
   * that one of them has, or had. Undefined where there never was one.
   */
  readonly newestGuard?: (collection: string) => Promise<Guard | undefined>;
  /** Tells when documents of a collection may have changed, soon after; several changes may be told once. Stop by calling what it returns. */
  readonly watch: (collection: string, changed: () => void) => () => void;
  /** Takes a lease that is free or has expired by the store's clock, or renews one's own; undefined where another holds it. */
  readonly takeLease: (name: string, owner: string, ttlMs: number) => Promise<Lease | undefined>;
  readonly releaseLease: (lease: Lease) => Promise<void>;
  readonly close: () => Promise<void>;
};
