import type { RecordedEvent } from '@shop/event-store';
import { parseStored, streamKind, type ShopEvent } from '@shop/events';

/** A number as one stream has it: its value after each revision, and where in the log each revision stands. */
export type StreamValues = { readonly values: number[]; readonly positions: string[] };
export type Fact = { readonly event: ShopEvent; readonly stream: string; readonly revision: number };

/** What the log says about the numbers of its wallets and products, and which request wrote what. */
export type LogIndex = {
  readonly streams: ReadonlyMap<string, StreamValues>;
  readonly byRequest: ReadonlyMap<string, readonly Fact[]>;
  /** Where the stock of a paid order was reserved: revisions by `reservationId`. */
  readonly reservations: ReadonlyMap<string, number>;
};

const numberIn = ({ data }: ShopEvent): number | undefined =>
  'balance' in data ? data.balance : 'available' in data ? data.available : undefined;

const requestOf = (metadata: unknown): string | undefined =>
  typeof metadata === 'object' && metadata !== null && 'correlationId' in metadata && typeof metadata.correlationId === 'string'
    ? metadata.correlationId
    : undefined;

/** @throws UnknownEventError */
export const indexLog = async (pages: AsyncIterable<readonly RecordedEvent[]>): Promise<LogIndex> => {
  const streams = new Map<string, StreamValues>();
  const byRequest = new Map<string, Fact[]>();
  const reservations = new Map<string, number>();
  const add = (recorded: RecordedEvent): void => {
    const { stream, revision, position } = recorded;
    const event = parseStored(recorded);
    const request = requestOf(recorded.metadata);
    if (request !== undefined) byRequest.set(request, [...(byRequest.get(request) ?? []), { event, stream, revision }]);
    if (event.type === 'StockReserved') reservations.set(event.data.reservationId, revision);
    if (streamKind(stream) === 'cart') return;
    const known = streams.get(stream) ?? { values: [], positions: [] };
    streams.set(stream, known);
    known.values.push(numberIn(event) ?? known.values.at(-1) ?? 0);
    known.positions.push(position);
  };
  for await (const page of pages) for (const recorded of page) add(recorded);
  return { streams, byRequest, reservations };
};

/** The last revision of a stream up to a position, -1 where it had none. */
export const revisionAt = (positions: readonly string[], position: string): number => {
  let [low, high] = [0, positions.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((positions[middle] ?? '') <= position) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};
