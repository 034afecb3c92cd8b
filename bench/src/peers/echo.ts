import { placeOrder } from '@shop/http';

/** What a peer without a shop behind it answers: the order it was sent, judged by the same schema as the shop's. */
export const echoed = (body: unknown): unknown => placeOrder.body.parse(body);

export const host = '127.0.0.1';

export const sayWhere = (address: string | { readonly port: number } | null): void => {
  if (address === null || typeof address === 'string') throw new Error('the peer has no port');
  process.stdout.write(`listening on http://${host}:${address.port}\n`);
};
