import type { RecordedEvent } from '@shop/event-store';
import {
  currentVersion,
  parseStored,
  reservationId,
  streamKind,
  UnknownEventError,
  upcast,
  type ShopEvent,
  type Upcasters,
} from '@shop/events';
import { canonical } from '../canonical.js';
import type { Say } from '../finding.js';
import type { Judge } from '../judge.js';
import type { Ledger } from '../ledger/ledger.js';

/** I15, of the log: revisions of a stream without a gap, positions that rise, ids that are unique. Judged before anything is read of the event. */
export const judgePlace = ({ stream, revision, position, id }: RecordedEvent, ledger: Readonly<Ledger>, say: Say): void => {
  const next = ledger.nextRevision.get(stream) ?? 0;
  if (revision !== next) say('I15', `revision in ${stream}`, next, revision);
  if (position <= ledger.position) say('I15', 'position', `after ${ledger.position}`, position);
  if (ledger.eventIds.has(id)) say('I15', `event ${id}`, 'an id that no other event has', 'stands in the log before');
  if (!streamKind(stream)) say('I15', `stream ${stream}`, 'a stream of the shop', stream);
};

const versionIn = (metadata: unknown): number | undefined =>
  typeof metadata === 'object' && metadata !== null && 'version' in metadata && typeof metadata.version === 'number'
    ? metadata.version
    : undefined;

/** An upcaster is pure: the same data in is the same data out, and what is stored stays as it is. */
const judgeUpcasters = ({ type, data, metadata }: RecordedEvent, upcasters: Upcasters, say: Say): void => {
  const version = versionIn(metadata);
  if (version === undefined || version === currentVersion(type, upcasters)) return;
  const before = canonical(data);
  const once = canonical(upcast(type, version, data, upcasters));
  if (canonical(upcast(type, version, data, upcasters)) !== once) say('I15', `upcaster of ${type} ${version}`, once, 'another answer');
  if (canonical(data) !== before) say('I15', `upcaster of ${type} ${version}`, 'leaves the stored data alone', 'changed it');
};

/** I15, of each event: it can be read under its version, and belongs to its stream. Undefined, and said, where it cannot be read. */
export const readEvent = (recorded: RecordedEvent, upcasters: Upcasters, say: Say): ShopEvent | undefined => {
  try {
    judgeUpcasters(recorded, upcasters, say);
    return parseStored(recorded, upcasters);
  } catch (error) {
    if (!(error instanceof UnknownEventError)) throw error;
    say('I15', `${recorded.type} in ${recorded.stream}`, 'an event that can be read', error.message);
    return undefined;
  }
};

/** I15, of names within an event: a reservation is named after its checkout and product, and stands in that product's stream. */
export const namesFit: Judge = {
  invariants: ['I15'],
  before: ({ event }, ledger, say) => {
    if (event.type === 'StockReserved' || event.type === 'StockReleased' || event.type === 'StockReturned') {
      const { reservationId: id, checkoutId, productId } = event.data;
      const expected = reservationId(checkoutId, productId);
      if (id !== expected) say('I15', `reservation ${id}`, expected, id);
    }
    if (event.type === 'StockSold')
      for (const { reservationId: id } of event.data.reservations) {
        const open = ledger.reservations.get(id);
        if (open && open.productId !== event.data.productId)
          say('I15', `reservation ${id}`, `product ${open.productId}`, `product ${event.data.productId}`);
      }
  },
};
