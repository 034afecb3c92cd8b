import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getText } from './client.js';

export const feedFile = (dataFolder: string) => join(dataFolder, 'order-feed.ndjson');

const lookEveryMs = 25;
/** Longer than sales are gathered before they are settled, so silence means that nothing is left to do. */
const silenceMs = 1_000;
const limitMs = 60_000;

const telling = /^(shop_events_written_total|projection_position|projection_lag_events)\b.*$/gm;

/** What still changes while sales are settled, read models fed and orders sent to the feed. */
const stateOf = async (url: string, dataFolder: string): Promise<string> => {
  const metrics = (await getText(url, '/metrics')).match(telling) ?? [];
  if (!metrics.some((line) => line.startsWith('projection_position'))) throw new Error('the shop does not tell where its read models are');
  const { size } = await stat(feedFile(dataFolder));
  return [...metrics, size].join('\n');
};

export type CatchUp = { readonly seconds: number; readonly fault: string | undefined };

/** Looks until nothing has changed for a while, and says when that was: the silence that proves it does not count. */
export const untilQuiet = async (look: () => Promise<string>): Promise<CatchUp & { readonly state: string }> => {
  const began = performance.now();
  let state = '';
  let changedAt = began;
  while (performance.now() - changedAt < silenceMs) {
    const lookedAt = performance.now();
    const now = await look();
    if (now !== state) {
      state = now;
      changedAt = lookedAt;
    }
    if (lookedAt - began > limitMs)
      return { state, seconds: limitMs / 1_000, fault: `the shop had not caught up after ${limitMs / 1_000} s` };
    await sleep(lookEveryMs);
  }
  return { state, seconds: (changedAt - began) / 1_000, fault: undefined };
};

/** Waits until nothing is left to do after a load. */
export const catchUp = async ({ url, dataFolder }: { readonly url: string; readonly dataFolder: string }): Promise<CatchUp> => {
  const { state, ...quiet } = await untilQuiet(() => stateOf(url, dataFolder));
  if (quiet.fault !== undefined) return quiet;
  const behind = state.split('\n').filter((line) => line.startsWith('projection_lag_events') && !line.endsWith(' 0'));
  return { ...quiet, fault: behind.length > 0 ? `read models stopped behind: ${behind.join(', ')}` : undefined };
};
