import type { OrderFeedEvent } from '@shop/events';

/** CloudEvents 1.0 in binary mode of its Kafka binding: attributes are headers, the value is the data alone. */
export type KafkaMessage = {
  /** The order's id: what is said of one order stays in one partition, in order. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer;
};

/** A message that no try can send; it names its event. */
export class UnsendableEventError extends Error {
  override readonly name = 'UnsendableEventError';
}

/** What a record takes besides key, headers and value, at most. */
const recordOverhead = 64;
const headerOverhead = 8;

const headersOf = ({ id, source, specversion, subject, time, type, datacontenttype, sequence, traceparent }: OrderFeedEvent) => ({
  ce_specversion: specversion,
  ce_id: id,
  ce_type: type,
  ce_source: source,
  ce_subject: subject,
  ce_time: time,
  ce_sequence: sequence,
  ...(traceparent !== undefined && { ce_traceparent: traceparent }),
  'content-type': datacontenttype,
});

export const sizeOf = ({ key, headers, value }: KafkaMessage): number => {
  let size = recordOverhead + Buffer.byteLength(key) + value.length;
  for (const [name, text] of Object.entries(headers)) size += headerOverhead + name.length + Buffer.byteLength(text);
  return size;
};

/**
 * The same event gives the same bytes, whenever it is sent. The record's timestamp is left to the client: by the time of the order, retention
 * would delete what is sent again too early.
 * @throws UnsendableEventError where the client or every broker would refuse it, again and again
 */
export const toKafkaMessage = (event: OrderFeedEvent, maxMessageBytes: number): KafkaMessage => {
  const headers = headersOf(event);
  for (const [name, text] of Object.entries<unknown>(headers))
    if (typeof text !== 'string' || text === '') throw new UnsendableEventError(`event ${event.id} has no ${name}`);
  const message = { key: event.subject, headers, value: Buffer.from(JSON.stringify(event.data)) };
  const size = sizeOf(message);
  if (size > maxMessageBytes) throw new UnsendableEventError(`event ${event.id} takes ${size} bytes, more than ${maxMessageBytes}`);
  return message;
};

/** In order, as many together as one request should hold. */
export const inBatches = (
  messages: readonly KafkaMessage[],
  most: { readonly messages: number; readonly bytes: number },
): readonly (readonly KafkaMessage[])[] => {
  const batches: KafkaMessage[][] = [];
  let room = 0;
  for (const message of messages) {
    const size = sizeOf(message);
    const batch = batches.at(-1);
    if (batch && batch.length < most.messages && size <= room) {
      batch.push(message);
      room -= size;
    } else {
      batches.push([message]);
      room = most.bytes - size;
    }
  }
  return batches;
};
