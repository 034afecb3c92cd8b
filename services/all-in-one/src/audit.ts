import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { auditReport, exitCodeOf, invariantNames, invariants, type AuditReport } from '@shop/audit';
import { systemClock } from '@shop/clock';
import { openEmbeddedEventStore } from '@shop/event-store/embedded';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import { CommandLineEnd, parsed, quietCommand } from './command-line.js';
import { isShopFolder } from './data-folder.js';
import { askRunningShop } from './folder-door.js';
import { auditOperation, type AuditInput } from './folder-operations.js';
import { runTool } from './run-tool.js';
import { readSettings } from './settings.js';
import { toolTarget, type ToolTarget } from './tool-target.js';

type Options = {
  readonly data?: string;
  readonly store?: string;
  readonly readStore?: string;
  readonly feed?: string;
  readonly history?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
};

const commandLine = (words: readonly string[]): Options =>
  parsed((write) =>
    quietCommand(
      'npm run audit --',
      'Proves a shop from its log: money, stock, orders, carts, read models and feed. Only reads; also while the shop runs.',
      write,
    )
      .option('--data <folder>', 'data folder (default ./data, or DATA_DIR)')
      .option('--store <folder|url>', 'the same, or instead the EventStoreDB of services that run apart (or EVENTSTOREDB_URL)')
      .option('--read-store <url>', 'and their MongoDB (or MONGODB_URL; MONGODB_DATABASE)')
      .option('--feed <brokers>', 'and their Kafka (or KAFKA_BROKERS; ORDER_FEED_TOPIC); without it the feed is not judged')
      .option('--history <file>', 'what clients asked and were answered, as lines of JSON')
      .option('--quiet', 'the shop has been quiet for a while: nothing may be left half done')
      .option('--json', 'print the report as JSON')
      .parse([...words], { from: 'user' })
      .opts<Options>(),
  );

/** Of a folder that no shop has open; as it is: a shop that starts would put right what an audit must name. */
const auditClosedFolder = async (folder: string, input: AuditInput): Promise<AuditReport> => {
  if (!isShopFolder(folder)) throw new Error(`there is no shop in ${resolve(folder)}`);
  const eventStore = await openEmbeddedEventStore({ folder });
  try {
    const log = (message: string) => void process.stderr.write(`${message}\n`);
    const readStore = await openEmbeddedReadStore({ folder, clock: systemClock, log });
    try {
      return await auditOperation({ eventStore, readStore, dataFolder: folder, clock: systemClock })(input);
    } finally {
      await readStore.close();
    }
  } finally {
    await eventStore.close();
  }
};

/** Asks the shop that runs on the folder; where none does, opens its stores and nothing else. */
const auditFolder = async (folder: string, input: AuditInput): Promise<AuditReport> => {
  const asked = await askRunningShop(folder, 'audit', input, () => undefined);
  return asked.running ? auditReport.parse(asked.value) : auditClosedFolder(folder, input);
};

/** A URL names engines, anything else a folder. */
const auditTargetOf = ({ data, store, readStore, feed }: Pick<Options, 'data' | 'store' | 'readStore' | 'feed'>): ToolTarget => {
  if (data !== undefined && store !== undefined) throw new Error('one shop at a time: --data or --store');
  return toolTarget(
    { ...process.env, ...(feed !== undefined && { KAFKA_BROKERS: feed }) },
    {
      ...(data !== undefined && { data }),
      ...(store !== undefined && (/^[\w+]+:\/\//.test(store) ? { store } : { data: store })),
      ...(readStore !== undefined && { readStore }),
    },
  );
};

const auditTarget = async ({ kind, environment }: ToolTarget, input: AuditInput): Promise<AuditReport> => {
  if (kind === 'folder') return auditFolder(readSettings(environment).dataFolder, input);
  const { auditEngines } = await import('./engine-tools.js'); // clients of engines are loaded by nobody else
  return auditEngines(environment, input);
};

const number = (value: string | number): string => Number(value).toLocaleString('en-US');

const describe = ({
  verdict,
  events,
  position,
  seconds,
  judged,
  undecided,
  findings,
  violations,
  money,
  stock,
  open,
}: AuditReport): string => {
  const listed = (each: string) => findings.filter(({ invariant }) => invariant === each).length;
  const silent = invariantNames.filter((name) => !judged.includes(name));
  return [
    `${verdict}: ${number(events)} events up to ${position} in ${seconds.toFixed(1)} s`,
    `money: ${number(money.charged)} charged - ${number(money.paid)} paid + ${number(money.refunded)} refunded; balances ${number(money.balances)} won`,
    `stock: ${number(stock.registered)} registered + ${number(stock.adjusted)} adjusted - ${number(stock.sold)} sold + ${number(stock.returned)} returned; ${number(stock.available)} available + ${number(stock.held)} held`,
    `under way: ${number(open.reservations)} reservations, ${number(open.orders)} orders`,
    `judged: ${judged.length === 0 ? 'nothing' : invariantNames.filter((name) => judged.includes(name)).join(' ')}${silent.length > 0 ? `; not asked for: ${silent.join(' ')}` : ''}`,
    ...undecided.map(({ invariant, reason }) => `could not decide ${invariant}: ${reason}`),
    ...findings.flatMap(({ invariant, about, stream, revision, position: where, expected, found }) => [
      `${invariant} ${about}${stream === null ? '' : ` (${stream}/${revision ?? '?'})`}${where === null ? '' : ` at ${where}`}`,
      `    expected ${expected}`,
      `    found    ${found}`,
    ]),
    ...invariantNames.flatMap((name) => {
      const count = violations[name] ?? 0;
      return count === 0
        ? []
        : [`${name} violated ${number(count)} times${count > listed(name) ? `, ${listed(name)} shown` : ''}. ${invariants[name]}`];
    }),
  ].join('\n');
};

/** 1 means violated: what keeps the audit from deciding, a mistyped option too, is 2. */
const couldNotDecide = (error: unknown): CommandLineEnd => {
  if (error instanceof CommandLineEnd) return error.exitCode === 0 ? error : new CommandLineEnd(2, error.text);
  return new CommandLineEnd(2, `could not decide: ${error instanceof Error ? error.message : String(error)}\n`);
};

await runTool(async () => {
  try {
    const { history, quiet = false, json = false, ...target } = commandLine(process.argv.slice(2));
    if (history !== undefined) await access(history);
    const input = { quiet, ...(history !== undefined && { history: resolve(history) }) };
    const report = await auditTarget(auditTargetOf(target), input);
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${describe(report)}\n`);
    return exitCodeOf(report);
  } catch (error) {
    throw couldNotDecide(error);
  }
});
