import { walletStream } from '@shop/events';
import type { Handler, listTransactions } from '@shop/http';
import { endOfStatement, statementId, type Condition, type StatementDocument } from '@shop/read-store';
import { z } from 'zod';
import type { ExactReads } from '../freshness/index.js';
import { historyPage } from '../histories/history-page.js';
import { within } from '../histories/period.js';

const key = z.tuple([z.int()]);

const transaction = ({ transactionId, type, amount, balanceAfter, orderId, occurredAt }: StatementDocument) => ({
  transactionId,
  type,
  amount,
  balanceAfter,
  ...(orderId === null ? {} : { orderId }),
  occurredAt,
});

export const listTransactionsQuery =
  (reads: ExactReads): Handler<typeof listTransactions> =>
  async (request) => {
    const { userId } = request.params;
    const { type, from, to, cursor, limit } = request.query;
    const statement = (await reads.open(request, 'statement'))('statement');
    const belonging: Condition[] = [
      { field: 'id', is: '>=', value: statementId(userId, 0) },
      ...(type === undefined ? [] : [{ field: 'type', is: '=', value: type } as const]),
      ...within('occurredAt', { from, to }),
    ];
    const { entries, nextCursor } = await historyPage({
      list: 'transactions',
      filter: [userId, type ?? null, from ?? null, to ?? null],
      cursor,
      limit,
      key,
      keyOf: ({ revision }: StatementDocument): [number] => [revision],
      older: async (after, count) => {
        const before = statementId(userId, after?.[0] ?? endOfStatement);
        const where = [...belonging, { field: 'id', is: '<', value: before } as const];
        const found = await statement.find({ where, order: [{ field: 'id', direction: 'descending' }], limit: count });
        return found.map(({ document }) => document);
      },
    });
    return {
      body: { items: entries.map(transaction), nextCursor },
      asOf: statement.asOf({ touches: (stream) => stream === walletStream(userId) }),
    };
  };
