import { setTimeout as wait } from 'node:timers/promises';
import { auditReport, type AuditReport } from '@shop/audit';
import { runOperation } from './run-operation.js';

const tries = 60;

const isSettling = ({ violations }: AuditReport): boolean => Object.keys(violations).every((invariant) => invariant === 'I13');

/** Audits a running shop that takes no more orders, again until what is still under way has come to its end; anything else wrong ends it at once. */
export const settledAudit = async (folder: string): Promise<AuditReport> => {
  for (let n = 1; ; n += 1) {
    const report = auditReport.parse(await runOperation(folder, 'audit', { quiet: true }));
    if (report.verdict !== 'violated' || !isSettling(report) || n === tries) return report;
    await wait(250);
  }
};
