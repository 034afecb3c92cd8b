import type { ShopEvent } from '@shop/events';
import type { ReadModelDocuments, ReadModelName } from '@shop/read-store';
import type { Fact } from '../judge.js';
import type { Ledger } from '../ledger/ledger.js';

/** A read model as the audit folds it: by its own arithmetic, and a document only where one is to be compared. */
export type ModelFold<Name extends ReadModelName = ReadModelName> = {
  readonly name: Name;
  /** Documents that an event changes; none for an event of no interest. */
  readonly documentIds: (fact: Fact) => readonly string[];
  /** Keeps what the ledger does not. */
  readonly take?: (fact: Fact) => void;
  /** A document as it must be with this event in it, the last one so far. */
  readonly document: (id: string, fact: Fact, ledger: Readonly<Ledger>) => ReadModelDocuments[Name] | undefined;
};

const moneyTypes: ReadonlySet<ShopEvent['type']> = new Set<ShopEvent['type']>(['WalletCharged', 'OrderPaid', 'OrderCancelled']);
export const movesMoney = ({ event: { type } }: Fact): boolean => moneyTypes.has(type);
