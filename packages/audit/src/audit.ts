import type { RecordedEvent } from '@shop/event-store';
import { stateCollections, type Checkpoint, type ReadStore } from '@shop/read-store';
import { auditLog, type LogAudit } from './audit-log.js';
import { bestSellersAreCounted } from './best-sellers.js';
import type { Undecided } from './finding.js';
import { commandsAreAnsweredTruly } from './history/commands.js';
import { acknowledgedWrites, readHistory } from './history/history.js';
import { readsAreTrue, topAnswersIn } from './history/reads.js';
import { shortagesAreTrue } from './history/shortages.js';
import type { Judge } from './judge.js';
import { readFeed } from './order-feed/feed-judge.js';
import { readModelJudges } from './read-models/read-model-judges.js';
import { tally } from './ledger/tally.js';
import type { AuditReport } from './report.js';

type Lines = () => AsyncIterable<string>;

export type AuditOptions = {
  /** The whole log, read when called: after all that stands beside it, so that the shop may go on meanwhile. */
  readonly events: () => AsyncIterable<readonly RecordedEvent[]>;
  readonly readStore?: ReadStore;
  /** Lines of the order feed, as structured-mode JSON. */
  readonly feed?: Lines;
  /** Lines of a client history (`historyLine`). */
  readonly history?: Lines;
  readonly quiet?: boolean;
  /** Lets others in the process work; called every thousand events or documents. */
  readonly breathe?: () => Promise<void>;
  /** Milliseconds that only rise. */
  readonly monotonic: () => number;
};

type Beside = { readonly judges: readonly Judge[]; readonly undecided: readonly Undecided[] };

/** Id of the feed's checkpoint among those of the read models. */
const feedCheckpoint = 'order-feed';

const feedJudges = async ({ feed, readStore }: AuditOptions, settles: boolean): Promise<Beside> => {
  if (!feed) return { judges: [], undecided: [] };
  const stored = await readStore?.load<Checkpoint>(stateCollections.checkpoints, [feedCheckpoint]);
  const checkpoint = stored?.get(feedCheckpoint)?.guard;
  const reason = 'how far the feed must be is not known without its checkpoint';
  return {
    judges: [await readFeed({ lines: feed, checkpoint: checkpoint ?? '0'.repeat(16), quiet: settles && checkpoint !== undefined })],
    undecided: checkpoint === undefined ? [{ invariant: 'I9', reason }] : [],
  };
};

const historyJudges = async ({ history }: AuditOptions): Promise<readonly Judge[]> => {
  if (!history) return [];
  const lines = await readHistory(history());
  const acknowledged = acknowledgedWrites(lines);
  return [
    commandsAreAnsweredTruly(lines),
    shortagesAreTrue(lines, acknowledged),
    readsAreTrue(lines, acknowledged),
    bestSellersAreCounted(topAnswersIn(lines, acknowledged)),
  ];
};

async function* breathing(events: AsyncIterable<readonly RecordedEvent[]>, breathe: () => Promise<void>) {
  const perBreath = 1_000;
  let since = 0;
  for await (const page of events) {
    for (let start = 0; start < page.length; start += perBreath) {
      const part = start === 0 && page.length <= perBreath ? page : page.slice(start, start + perBreath);
      yield part;
      since += part.length;
      if (since < perBreath) continue;
      since = 0;
      await breathe();
    }
  }
}

const reportOf = ({ findings, violations, judged, ledger }: LogAudit, undecided: readonly Undecided[], seconds: number): AuditReport => {
  const { charged, paid, refunded, balances } = ledger.money;
  const { registered, adjusted, sold, returned, available } = ledger.stock;
  const held = tally();
  for (const { quantity } of ledger.reservations.values()) held.add(quantity);
  const verdict = findings.length > 0 ? 'violated' : undecided.length > 0 ? 'undecided' : 'clean';
  return {
    verdict,
    events: ledger.events,
    position: ledger.position,
    seconds,
    judged: [...judged],
    undecided: [...undecided],
    violations,
    findings: [...findings],
    money: { charged: `${charged.total()}`, paid: `${paid.total()}`, refunded: `${refunded.total()}`, balances: `${balances.total()}` },
    stock: {
      registered: `${registered.total()}`,
      adjusted: `${adjusted.total()}`,
      sold: `${sold.total()}`,
      returned: `${returned.total()}`,
      available: `${available.total()}`,
      held: `${held.total()}`,
    },
    open: { reservations: ledger.reservations.size, orders: ledger.unsettled.size },
  };
};

/**
 * Proves a shop from its log, with whatever else is given: read models, the feed, what clients saw. Only reads.
 * @throws EventStoreUnavailableError, ReadStoreUnavailableError; Error for a history that cannot be read
 */
export const audit = async (options: AuditOptions): Promise<AuditReport> => {
  const { events, readStore, quiet = false, breathe = async () => undefined, monotonic } = options;
  const begun = monotonic();
  const history = await historyJudges(options);
  const models = readStore ? await readModelJudges(readStore, { quiet, breathe }) : { judges: [], undecided: [], settles: quiet };
  const feed = await feedJudges(options, models.settles);
  const beside = [...history, ...models.judges, ...feed.judges];
  const result = await auditLog({ events: breathing(events(), breathe), quiet: models.settles, beside });
  return reportOf(result, [...feed.undecided, ...models.undecided], (monotonic() - begun) / 1000);
};
