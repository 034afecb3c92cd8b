import { walletStream } from '@shop/events';
import type { Handler, listOrders } from '@shop/http';
import type { Condition, Order, OrderDocument } from '@shop/read-store';
import { z } from 'zod';
import type { ExactReads, ReadView } from '../freshness/index.js';
import { historyPage } from '../histories/history-page.js';
import { within } from '../histories/period.js';
import { orderObject } from './order-object.js';

const key = z.tuple([z.string(), z.string()]);

const newestFirst: readonly Order[] = [
  { field: 'paidAt', direction: 'descending' },
  { field: 'id', direction: 'descending' },
];

/** Orders paid at the very time of the last one come first, then those paid before. */
const olderOrders =
  (orders: ReadView<'orders'>, belonging: readonly Condition[]) =>
  async (after: [string, string] | undefined, count: number): Promise<OrderDocument[]> => {
    const find = async (limit: number, ...more: readonly Condition[]) =>
      (await orders.find({ where: [...belonging, ...more], order: newestFirst, limit })).map(({ document }) => document);
    if (!after) return find(count);
    const [paidAt, orderId] = after;
    const sameTime = await find(count, { field: 'paidAt', is: '=', value: paidAt }, { field: 'id', is: '<', value: orderId });
    if (sameTime.length >= count) return sameTime;
    return [...sameTime, ...(await find(count - sameTime.length, { field: 'paidAt', is: '<', value: paidAt }))];
  };

export const listOrdersQuery =
  (reads: ExactReads): Handler<typeof listOrders> =>
  async (request) => {
    const { userId } = request;
    const { status, from, to, cursor, limit } = request.query;
    const orders = (await reads.open(request, 'orders'))('orders');
    const belonging: Condition[] = [
      { field: 'userId', is: '=', value: userId },
      ...(status === undefined ? [] : [{ field: 'status', is: '=', value: status } as const]),
      ...within('paidAt', { from, to }),
    ];
    const { entries, nextCursor } = await historyPage({
      list: 'orders',
      filter: [userId, status ?? null, from ?? null, to ?? null],
      cursor,
      limit,
      key,
      keyOf: ({ paidAt, orderId }: OrderDocument): [string, string] => [paidAt, orderId],
      older: olderOrders(orders, belonging),
    });
    return {
      body: { items: entries.map(orderObject), nextCursor },
      asOf: orders.asOf({ touches: (stream) => stream === walletStream(userId) }),
    };
  };
