import { describe, expect, it } from '@jest/globals';
import type { OrderFeedEvent } from '@shop/events';
import { inBatches, sizeOf, toKafkaMessage, UnsendableEventError } from './kafka-message.js';

const paidAt = '2026-01-05T03:04:05.678Z';
const event = (changes: Partial<OrderFeedEvent> & { readonly id?: string } = {}): OrderFeedEvent =>
  Object.assign(
    {
      specversion: '1.0' as const,
      id: 'event-1',
      type: 'order.paid.v1' as const,
      source: '/orders',
      subject: '주문-1',
      time: paidAt,
      datacontenttype: 'application/json' as const,
      sequence: '00000000000000a1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      data: { orderId: '주문-1', userId: 'u1', items: [], totalAmount: 0, currency: 'KRW' as const, paidAt },
    },
    changes,
  );
const many = (number: number, size: number) =>
  Array.from({ length: number }, (_, at) => ({ key: String(at), headers: {}, value: Buffer.alloc(size) }));

describe('an event as a message of Kafka', () => {
  it('has its attributes as headers of text, the order as key, and the data alone as value', () => {
    const { key, headers, value } = toKafkaMessage(event(), 10_000);
    expect(key).toBe('주문-1');
    expect(headers).toStrictEqual({
      ce_specversion: '1.0',
      ce_id: 'event-1',
      ce_type: 'order.paid.v1',
      ce_source: '/orders',
      ce_subject: '주문-1',
      ce_time: paidAt,
      ce_sequence: '00000000000000a1',
      ce_traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'content-type': 'application/json',
    });
    expect(value.toString()).toBe(`{"orderId":"주문-1","userId":"u1","items":[],"totalAmount":0,"currency":"KRW","paidAt":"${paidAt}"}`);
  });

  it('leaves the trace out where none is known: the client cannot send a header without a value', () => {
    const { traceparent: _, ...without } = event();
    expect(Object.keys(toKafkaMessage(without, 10_000).headers)).not.toContain('ce_traceparent');
  });

  it('is refused by name where it could never be sent', () => {
    expect(() => toKafkaMessage(event({ source: '' }), 10_000)).toThrow(new UnsendableEventError('event event-1 has no ce_source'));
    const size = sizeOf(toKafkaMessage(event(), 10_000));
    expect(() => toKafkaMessage(event(), size)).not.toThrow();
    expect(() => toKafkaMessage(event(), size - 1)).toThrow(`event event-1 takes ${size} bytes, more than ${size - 1}`);
  });

  it('travels with others up to a number and a size, all in order', () => {
    const sizes = (messages: number, bytes: number, most: { messages: number; bytes: number }) => {
      const all = many(messages, bytes);
      const batches = inBatches(all, most);
      expect(batches.flat()).toEqual(all);
      return batches.map(({ length }) => length);
    };
    expect(sizes(0, 1, { messages: 3, bytes: 10_000 })).toEqual([]);
    expect(sizes(7, 1, { messages: 3, bytes: 10_000 })).toEqual([3, 3, 1]);
    expect(sizes(5, 1_000, { messages: 100, bytes: 2_200 })).toEqual([2, 2, 1]);
    expect(sizes(3, 5_000, { messages: 100, bytes: 2_200 })).toEqual([1, 1, 1]);
  });
});
