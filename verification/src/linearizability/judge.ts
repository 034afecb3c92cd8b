import type { HistoryLine } from '@shop/audit';
import type { LogIndex } from '../history/log-index.js';
import { operationsOf, type NumberHistory } from './operations-of.js';
import { search } from './search.js';
import { witness } from './witness.js';

export type LinearizabilityReport = {
  readonly wallets: number;
  readonly products: number;
  readonly operations: number;
  /** Numbers for which the search found an order, without trusting a revision. */
  readonly searched: number;
  /** Too long to be searched, or the search gave up: the witness check alone speaks for these. */
  readonly unsearched: number;
  /** Empty where everything is linearizable. */
  readonly findings: readonly string[];
};

const mostOperations = 1_000;

const isSearchable = ({ operations }: NumberHistory): boolean => operations.length <= mostOperations;

/** Both checks on every balance and every stock that a history touches. */
export const judgeLinearizability = (history: readonly HistoryLine[], log: LogIndex): LinearizabilityReport => {
  const numbers = operationsOf(history, log);
  const witnessed = numbers.flatMap(({ stream, values, operations }) =>
    witness(values, operations).map(
      ({ kind, operation, expected, found }) => `${kind} on ${stream}: ${operation}: expected ${expected}, found ${found}`,
    ),
  );
  const results = numbers.filter(isSearchable).map(({ stream, operations }) => ({ stream, ...search(operations) }));
  const stuck = results.flatMap((result) =>
    result.verdict === 'not linearizable' ? [`not linearizable: ${result.stream}: no order explains ${result.stuck.join(', ')}`] : [],
  );
  const searched = results.filter(({ verdict }) => verdict !== 'undecided').length;
  const wallets = numbers.filter(({ stream }) => stream.startsWith('wallet-')).length;
  return {
    wallets,
    products: numbers.length - wallets,
    operations: numbers.reduce((sum, { operations }) => sum + operations.length, 0),
    searched,
    unsearched: numbers.length - searched,
    findings: [...witnessed, ...stuck],
  };
};
