/**
 * One thing that a client did to a number, and when: to the balance of a wallet, or to the stock of a product.
 * A refusal that names the number is a read of it.
 */
export type Operation = {
  /** What a finding calls it. */
  readonly name: string;
  /** Milliseconds of one clock that only rises: before it was sent, and after its answer. `end` is Infinity where no answer came, or is owed. */
  readonly begin: number;
  readonly end: number;
  /** What a write adds; undefined for a read. */
  readonly adds?: number | undefined;
  /** The number that was answered: as a write left it, or as a read found it. */
  readonly saw?: number | undefined;
  /** Revision of the stream that a write made, or that a read is as of. Undefined for a write: none that the log knows; for a read: nobody said. */
  readonly revision?: number | undefined;
  /** May have come about or not: what nobody acknowledged, and what a checkout reserved in vain. */
  readonly optional?: boolean;
  /** It comes after this one. */
  readonly follows?: Operation | undefined;
};

export const isWrite = ({ adds }: Operation): boolean => adds !== undefined;
