import { eventMetadata, orderFeedEvent, type OrderLine } from '@shop/events';
import { canonical } from '../canonical.js';
import type { Say } from '../finding.js';
import { digest, fingerprintTable } from '../fingerprints.js';
import type { Fact, Judge } from '../judge.js';

const itemsOf = (lines: readonly OrderLine[]) =>
  lines.map(({ productId, name, unitPrice, quantity }) => ({ productId, name, unitPrice, quantity, subtotal: quantity * unitPrice }));

/** What the contract of the feed says of an event, the source left out: it is a setting. */
const contractOf = ({ recorded, event: { type, data } }: Fact): object | undefined => {
  if (type !== 'OrderPaid' && type !== 'OrderCancelled') return undefined;
  const { orderId, userId, occurredAt } = data;
  const order = { orderId, userId, items: itemsOf(data.lines), currency: 'KRW' };
  return {
    specversion: '1.0',
    id: recorded.id,
    type: type === 'OrderPaid' ? 'order.paid.v1' : 'order.cancelled.v1',
    subject: orderId,
    time: occurredAt,
    datacontenttype: 'application/json',
    sequence: recorded.position,
    traceparent: eventMetadata.safeParse(recorded.metadata).data?.traceparent,
    data:
      type === 'OrderPaid'
        ? { ...order, totalAmount: data.totalAmount, paidAt: occurredAt }
        : { ...order, refundAmount: data.refundAmount, reason: data.reason, paidAt: data.paidAt, cancelledAt: occurredAt },
  };
};

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

export type FeedToJudge = {
  /** Lines of the feed, each an event in structured mode, read when called; the relay's checkpoint was read before. */
  readonly lines: () => AsyncIterable<string>;
  /** The relay's checkpoint: everything up to it was acknowledged. */
  readonly checkpoint: string;
  readonly quiet: boolean;
};

/**
 * Reads the feed, and makes the judge that compares it with the log, which is to be read afterwards. I9: without repeats it is the paid and
 * cancelled orders, in contract form, of one order the payment first. I13 where the shop is quiet: all of them. It keeps 80 bytes a message.
 */
export const readFeed = async ({ lines, checkpoint, quiet }: FeedToJudge): Promise<Judge> => {
  /** By event id: the line where it came first, minus that once the log has it; and a digest of what it says. */
  const firstLines = fingerprintTable();
  const digests = fingerprintTable();
  const lastSequence = fingerprintTable();
  const flaws: { readonly about: string; readonly expected: string; readonly found: string }[] = [];
  const flaw = (line: number, expected: string, found: string) => {
    if (flaws.length < 1_000) flaws.push({ about: `line ${line} of the feed`, expected, found });
  };
  let source: string | undefined;
  let line = 0;
  for await (const text of lines()) {
    line += 1;
    const message = orderFeedEvent.safeParse(parsed(text));
    if (!message.success) {
      flaw(line, 'an event as the contract has it', text);
      continue;
    }
    const { id, subject, sequence } = message.data;
    source ??= message.data.source;
    if (message.data.source !== source) flaw(line, `source ${source}`, message.data.source);
    const said = digest(canonical({ ...Object(parsed(text)), source: undefined }));
    if (firstLines.has(id)) {
      if (digests.get(id) !== said) flaw(line, `the same as line ${firstLines.get(id) ?? 0}, as it repeats it`, text);
      continue;
    }
    firstLines.set(id, line);
    digests.set(id, said);
    const at = Number.parseInt(sequence, 16);
    if (at <= (lastSequence.get(subject) ?? -1)) flaw(line, `order ${subject} in the order of the log`, `${sequence} after a later one`);
    lastSequence.set(subject, at);
  }

  const judge = (fact: Fact, say: Say): void => {
    const expected = contractOf(fact);
    if (!expected) return;
    const { id, position } = fact.recorded;
    const first = firstLines.get(id);
    if (first === undefined) {
      if (position <= checkpoint) say('I9', `event ${id} in the feed`, expected, 'not sent, though the checkpoint has passed it');
      else if (quiet) say('I13', `event ${id} in the feed`, 'sent', 'not sent');
      return;
    }
    firstLines.set(id, -first);
    if (digests.get(id) !== digest(canonical(expected))) say('I9', `line ${Math.abs(first)} of the feed`, expected, 'another message');
  };
  return {
    invariants: ['I9', ...(quiet ? (['I13'] as const) : [])],
    after: (fact, _, say) => judge(fact, say),
    end: ({ position }, say) => {
      for (const { about, expected, found } of flaws) say('I9', about, expected, found);
      for (const first of firstLines.values())
        if (first > 0) say('I9', `line ${first} of the feed`, 'a paid or cancelled order of the log', 'none of them');
      if (checkpoint > position) say('I11', 'checkpoint of the feed', `nothing beyond the end of the log, ${position}`, checkpoint);
      if (quiet && checkpoint !== position) say('I13', 'checkpoint of the feed', `at the end of the log, ${position}`, checkpoint);
    },
  };
};
