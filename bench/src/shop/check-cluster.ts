import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { auditReport, type AuditReport } from '@shop/audit';
import { systemClock, systemRandom } from '@shop/clock';
import type { Cluster } from '@shop/cluster';
import { openEventStoreDB } from '@shop/event-store/eventstoredb';
import { createLogger } from '@shop/http';
import { lostOrders, readLog } from './check-shop.js';

const program = fileURLToPath(new URL('../../../services/all-in-one/dist/audit.js', import.meta.url));
const mostOutput = 64 * 1024 * 1024;

/** `npm run audit`, as an operator runs it on the engines. @throws Error where it could not decide */
const auditOf = (environment: Readonly<Record<string, string>>): Promise<AuditReport> =>
  new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment };
    execFile(process.execPath, [program, '--quiet', '--json'], { env, maxBuffer: mostOutput }, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(`the audit could not decide: ${stderr}`, { cause: error }));
      else resolve(auditReport.parse(JSON.parse(stdout)));
    });
  });

/**
 * What the audit program finds in log, read models and feed, and what the log's own sums say of the orders that were accepted.
 * @returns faults; none is as it should be
 */
export const checkCluster = async ({ environment, engines }: Cluster, acceptedOrders: number): Promise<readonly string[]> => {
  const { verdict, findings, undecided } = await auditOf(environment);
  const tools = { clock: systemClock, random: systemRandom, newId: randomUUID, logger: createLogger('error') };
  const log = await readLog(await openEventStoreDB({ url: engines.eventStore.url, ...tools }));
  return [
    ...log.faults,
    ...lostOrders(acceptedOrders, log),
    ...findings.slice(0, 5).map((finding) => `the audit found ${JSON.stringify(finding)}`),
    ...undecided.map((one) => `the audit could not decide ${JSON.stringify(one)}`),
    ...(verdict === 'clean' ? [] : [`the audit says ${verdict}`]),
  ];
};
