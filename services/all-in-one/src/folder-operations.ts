import type { ProjectorOperations } from '@shop/projector';
import { readModelNames, type ReadModelName } from '@shop/read-store';
import { z } from 'zod';
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

export type RebuildReport = z.infer<typeof rebuildReport>;
export type { ReadModelName };

/** What a tool may ask of the process that owns the folder, by name. Input and answers are JSON, judged on both sides. */
export const folderOperations = (projector: ProjectorOperations): FolderOperations => ({
  rebuild: async (input, report) => rebuildReport.parse(await projector.rebuild({ ...rebuildInput.parse(input), onProgress: report })),
  parked: async () => parkedEntries.parse(await projector.listParked()),
  retry: async (input) => projector.retryParked(retryInput.parse(input).id),
  skip: async (input) => {
    const { id, reason } = skipInput.parse(input);
    return projector.skipParked(id, reason);
  },
});
