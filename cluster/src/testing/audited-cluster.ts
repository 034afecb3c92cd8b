import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { auditReport, type AuditReport } from '@shop/audit';
import { systemClock, systemRandom } from '@shop/clock';
import type { EventStore } from '@shop/event-store';
import { openEventStoreDB } from '@shop/event-store/eventstoredb';
import { pino } from 'pino';
import { builtProgram } from '../built-program.js';
import { startCluster, type Cluster, type ClusterOptions } from '../cluster.js';
import { shopCallers, type ShopCallers } from './shop-callers.js';

export type ToolEnd = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type AuditedCluster = Cluster & {
  readonly callers: ShopCallers;
  /** Runs a command-line tool (rebuild, parked, audit) on the engines, as an operator does. */
  readonly tool: (name: string, ...words: readonly string[]) => Promise<ToolEnd>;
  /**
   * The audit program on log, read models, feed and what the clients were answered, asked again while the only fault is that something is
   * still under way.
   */
  readonly settledAudit: () => Promise<AuditReport>;
  /** The log itself, through the real client; close it. */
  readonly openLog: () => Promise<EventStore>;
  readonly close: () => Promise<void>;
};

const settleWithinMs = 120_000;
const mostOutput = 64 * 1024 * 1024;

const isSettling = ({ violations }: AuditReport): boolean => Object.keys(violations).every((invariant) => invariant === 'I13');

/** The audit could decide everything, found nothing wrong and nothing half done. */
export const expectNothingWrong = ({ verdict, findings, undecided, open }: AuditReport): void =>
  expect({ verdict, findings, undecided, open }).toEqual({
    verdict: 'clean',
    findings: [],
    undecided: [],
    open: { reservations: 0, orders: 0 },
  });

/** A cluster on a folder for the time, with clients whose every answer is kept for the audit. */
export const openAuditedCluster = async (options: Pick<ClusterOptions, 'counts' | 'environment'>): Promise<AuditedCluster> => {
  const folder = await mkdtemp(join(tmpdir(), 'shop-cluster-'));
  const cluster = await startCluster({ folder, port: 0, logger: pino({ level: 'silent' }), ...options }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const historyFile = join(folder, 'history.ndjson');
  const history = createWriteStream(historyFile);
  const callers = shopCallers((line) => void history.write(line));
  const flushed = () => new Promise((resolve) => history.write('', resolve));

  const tool = (name: string, ...words: readonly string[]): Promise<ToolEnd> =>
    new Promise((resolve) => {
      const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...cluster.environment };
      execFile(
        process.execPath,
        [builtProgram(`services/all-in-one/dist/${name}.js`), ...words],
        { env, maxBuffer: mostOutput },
        (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
      );
    });

  return {
    ...cluster,
    callers,
    tool,
    openLog: () =>
      openEventStoreDB({
        url: cluster.engines.eventStore.url,
        clock: systemClock,
        random: systemRandom,
        newId: randomUUID,
        logger: pino({ level: 'silent' }),
      }),
    settledAudit: async () => {
      await flushed();
      for (const giveUp = performance.now() + settleWithinMs; ;) {
        const { stdout, stderr } = await tool('audit', '--quiet', '--json', '--history', historyFile);
        if (stdout === '') throw new Error(`the audit said nothing: ${stderr}`);
        const report = auditReport.parse(JSON.parse(stdout));
        if (report.verdict === 'clean' || !isSettling(report) || performance.now() > giveUp) return report;
        await sleep(1_000);
      }
    },
    close: async () => {
      callers.close();
      await new Promise<void>((resolve) => history.end(() => resolve()));
      try {
        await cluster.stop();
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
};
