import { audit, auditReport, type AuditReport } from '@shop/audit';
import { type Clock, newUuid, type Random, systemClock, systemRandom } from '@shop/clock';
import { beginning, EventStoreUnavailableError, type EventStore, type RecordedEvent } from '@shop/event-store';
import { createLogger, judgeSettings, readVariables, type Environment } from '@shop/http';
import { composeProjector, patientReading, readSettings as readProjectorSettings } from '@shop/projector';
import { kafkaFeedLines } from '@shop/projector/order-feed/kafka-feed-lines';
import { readKafkaSettings } from '@shop/projector/order-feed/kafka-settings';
import { openStores, storeSettings, storeVariables, withSecretFiles } from '@shop/service-process';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { folderOperations, linesOf, type AuditInput } from './folder-operations.js';
import type { UseFolder } from './use-folder.js';

/** What they say besides their answer goes to stderr. */
const tools = () => ({
  clock: systemClock,
  random: systemRandom,
  newId: newUuid,
  logger: createLogger('warn', pino.destination({ dest: 2, sync: true })),
});

const readStoreSettings = (environment: Environment) => storeSettings(readVariables(storeVariables, environment));

/**
 * Runs tools on the engines that the services run on, by a projector of their own beside those that run: what it writes, any of them
 * might have written. It tells no orders to the data platform.
 * @throws SettingsError, or Error with a message for the operator
 */
export const withEngines = async <Result>(environment: Environment, use: (ask: UseFolder) => Promise<Result>): Promise<Result> => {
  const variables = withSecretFiles(environment);
  judgeSettings(
    () => readStoreSettings(variables),
    () => readProjectorSettings(variables),
  );
  const own = tools();
  const { eventStore, readStore, close } = await openStores(readStoreSettings(variables), own);
  try {
    const projector = composeProjector({
      ...own,
      eventStore,
      readStore,
      registry: new Registry(),
      settings: readProjectorSettings(variables),
    });
    await projector.start();
    const operations = folderOperations(projector);
    try {
      return await use(async (operation, input, report) => {
        const run = operations[operation];
        if (!run) throw new Error(`there is no operation ${operation}`);
        return run(input, report);
      });
    } finally {
      await projector.stop();
    }
  } finally {
    await close();
  }
};

const patience = { ms: 10_000, pauseMs: 100 };

/** Everything up to the head as it is when asked. A node of a cluster may be behind, and what it has not got yet is no finding. */
export async function* wholeLog(
  eventStore: Pick<EventStore, 'readAll' | 'head'>,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): AsyncGenerator<readonly RecordedEvent[]> {
  const head = await eventStore.head();
  const readAll = patientReading(eventStore, { clock, random });
  let last = beginning;
  for (const giveUp = clock.monotonic() + patience.ms; ;) {
    for await (const page of readAll(last)) {
      yield page;
      last = page.at(-1)?.position ?? last;
    }
    if (last >= head) return;
    if (clock.monotonic() > giveUp) throw new EventStoreUnavailableError('the node that was read is behind the others');
    await clock.sleep(patience.pauseMs);
  }
}

/**
 * Judges log, read models and, where a broker is named, the order feed on the engines, while the shop goes on. Only reads, but for the
 * small event that proves the leader of a cluster.
 * @throws SettingsError, or Error where an engine does not answer
 */
export const auditEngines = async (environment: Environment, { quiet, history }: AuditInput): Promise<AuditReport> => {
  const variables = withSecretFiles(environment);
  const hasFeed = (variables['KAFKA_BROKERS'] ?? '') !== '';
  judgeSettings(
    () => readStoreSettings(variables),
    () => (hasFeed ? readKafkaSettings(variables) : undefined),
  );
  const own = tools();
  const { newId, clock } = own;
  const { eventStore, readStore, close } = await openStores(readStoreSettings(variables), own);
  try {
    const report = await audit({
      events: () => wholeLog(eventStore, own),
      readStore,
      ...(hasFeed && { feed: () => kafkaFeedLines({ ...readKafkaSettings(variables).feed, newId }) }),
      ...(history !== undefined && { history: () => linesOf(history) }),
      quiet,
      monotonic: clock.monotonic,
    });
    return auditReport.parse(report);
  } finally {
    await close();
  }
};
