import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AuditReport } from '@shop/audit';
import type { Clock } from '@shop/clock';
import { beginning, type EventStore } from '@shop/event-store';
import { readModelNames, type ReadModelName, type ReadStore } from '@shop/read-store';
import { z } from 'zod';
import type { ShopProjector } from './container.js';
import type { FolderOperations } from './folder-door.js';

const readModelName = z.enum(readModelNames);
export const rebuildInput = z.object({ name: readModelName, dryRun: z.boolean() });
export const rebuildProgress = z.object({
  projection: readModelName,
  phase: z.string(),
  done: z.int(),
  total: z.int(),
  eventsPerSecond: z.number(),
  secondsLeft: z.number(),
});
export const rebuildReport = z.object({
  projection: readModelName,
  generation: z.object({ version: z.int(), generation: z.int() }),
  dryRun: z.boolean(),
  events: z.int(),
  seconds: z.number(),
  eventsPerSecond: z.number(),
  comparison: z.object({
    compared: z.int(),
    differences: z.int(),
    examples: z.array(z.object({ id: z.string(), serving: z.string(), rebuilt: z.string() })),
  }),
  parked: z.array(z.string()),
});
export const parkedEntries = z.array(
  z.object({
    id: z.string(),
    projection: readModelName,
    stream: z.string(),
    revision: z.int(),
    waiting: z.int(),
    reason: z.string(),
    parkedAt: z.string(),
  }),
);
export const retryInput = z.object({ id: z.string() });
export const skipInput = z.object({ id: z.string(), reason: z.string().min(1) });

/** `history`: a file that a client wrote, as an absolute path. */
export const auditInput = z.object({ quiet: z.boolean(), history: z.string().optional() });

export type AuditInput = z.input<typeof auditInput>;
export type RebuildReport = z.infer<typeof rebuildReport>;
export type { ReadModelName };

/** Whole lines of a file, none where there is no file: what follows the last line's end is still being written, or was torn. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  try {
    for await (const chunk of createReadStream(file, 'utf8')) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

/** What an audit of a data folder reads. */
export type Audited = {
  readonly eventStore: Pick<EventStore, 'readAll'>;
  readonly readStore: ReadStore;
  readonly dataFolder: string;
  readonly clock: Clock;
};

/** Judges log, read models and feed of the folder while the shop goes on. */
export const auditOperation =
  ({ eventStore, readStore, dataFolder, clock }: Audited) =>
  async (input: unknown): Promise<AuditReport> => {
    const { quiet, history } = auditInput.parse(input);
    const { audit, auditReport } = await import('@shop/audit'); // not at every start of the shop
    const report = await audit({
      events: () => eventStore.readAll(beginning),
      readStore,
      feed: () => linesOf(join(dataFolder, 'order-feed.ndjson')),
      ...(history !== undefined && { history: () => linesOf(history) }),
      quiet,
      breathe: () => nextTurn(),
      monotonic: clock.monotonic,
    });
    return auditReport.parse(report);
  };

/** What a tool may ask of the process that owns the folder, by name. Input and answers are JSON, judged on both sides. */
export const folderOperations = (projector: ShopProjector, audited?: Audited): FolderOperations => ({
  ...(audited && { audit: auditOperation(audited) }),
  rebuild: async (input, report) => rebuildReport.parse(await projector.rebuild({ ...rebuildInput.parse(input), onProgress: report })),
  parked: async () => parkedEntries.parse(await projector.listParked()),
  retry: async (input) => projector.retryParked(retryInput.parse(input).id),
  skip: async (input) => {
    const { id, reason } = skipInput.parse(input);
    return projector.skipParked(id, reason);
  },
});
