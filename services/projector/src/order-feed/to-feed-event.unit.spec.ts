import { describe, expect, it } from '@jest/globals';
import { orderFeedEvent, type ShopEvent } from '@shop/events';
import { at, cancelled, charged, itemAdded, line, paid, registered, reserved } from '../testing/facts.js';
import { toFeedEvent } from './to-feed-event.js';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const recorded = (event: ShopEvent, metadata: unknown) => ({
  stream: 'wallet-u1',
  revision: 4,
  position: '00000000000000a1',
  id: 'event-1',
  type: event.type,
  data: event.data,
  metadata,
});
const metadata = { version: 1, correlationId: 'r1', causationId: 'c1', traceparent };
const mapped = (event: ShopEvent, meta: unknown = metadata) => toFeedEvent('/orders', recorded(event, meta), event);

const order = paid('o1', [line('p1', 2, 2_500), line('p2', 1)]);
const items =
  '[{"productId":"p1","name":"name of p1","unitPrice":2500,"quantity":2,"subtotal":5000},{"productId":"p2","name":"name of p2","unitPrice":1000,"quantity":1,"subtotal":1000}]';
const attributes = (type: string, time: string, trace = `"traceparent":"${traceparent}",`) =>
  `{"specversion":"1.0","id":"event-1","type":"${type}","source":"/orders","subject":"o1","time":"${time}","datacontenttype":"application/json","sequence":"00000000000000a1",${trace}"data":`;

describe('an event of the feed', () => {
  it('says of a paid order what was bought and when, in a form that never changes', () => {
    expect(JSON.stringify(mapped(order))).toBe(
      `${attributes('order.paid.v1', at(2))}{"orderId":"o1","userId":"u1","items":${items},"totalAmount":6000,"currency":"KRW","paidAt":"${at(2)}"}}`,
    );
  });

  it('says of a cancelled order what was given back, when and why', () => {
    const data = (reason: string) =>
      `{"orderId":"o1","userId":"u1","items":${items},"refundAmount":6000,"currency":"KRW","reason":${reason},"paidAt":"${at(2)}","cancelledAt":"${at(5)}"}}`;
    expect(JSON.stringify(mapped(cancelled(order)))).toBe(`${attributes('order.cancelled.v1', at(5))}${data('null')}`);
    expect(JSON.stringify(mapped(cancelled(order, { reason: '변심' })))).toBe(
      `${attributes('order.cancelled.v1', at(5))}${data('"변심"')}`,
    );
  });

  it('has no trace where none is known', () => {
    for (const unknown of [{ ...metadata, traceparent: undefined }, null])
      expect(JSON.stringify(mapped(order, unknown))).toContain(attributes('order.paid.v1', at(2), ''));
  });

  it('keeps the public contract, and hides what only the shop should know', () => {
    for (const event of [order, cancelled(order)]) {
      const feedEvent = mapped({ ...event });
      expect(orderFeedEvent.parse(feedEvent)).toStrictEqual(feedEvent);
      expect(JSON.stringify(feedEvent)).not.toMatch(/balance|requestHash|checkout/);
    }
  });

  it('comes of payments and cancellations alone', () => {
    const others = [
      charged(),
      registered('p1'),
      reserved({ orderId: 'o1', productId: 'p1', quantity: 1, available: 1 }),
      itemAdded('i1', 'p1'),
    ];
    for (const event of others) expect(mapped(event)).toBeUndefined();
  });
});
