import type { BestSellerDocument, BestSellerHour, ReadStore, ServingModel } from '@shop/read-store';
import { addTo, ranked, windowOf, type TopAnswer } from '../best-sellers.js';
import { digest } from '../fingerprints.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const windowMs = 72 * hourMs;
/** Minutes with sales whose windows are judged, besides the first and the last one. */
const sampled = 12;
const limit = 5;

type Documents = AsyncIterable<{ readonly id: string; readonly guard: string; readonly document: BestSellerDocument }>;

const hoursOf = (store: ReadStore, { collection }: ServingModel): Documents =>
  store.scan<BestSellerDocument>(collection, { where: [{ field: 'kind', is: '=', value: 'hour' }], order: [] });

const timeOf = ({ hour }: BestSellerHour, minute: number): number => Date.parse(`${hour}:00:00.000Z`) + minute * minuteMs;

/** The first and the last minute with sales and some between, the same ones every time. */
const minutesWithSales = async (documents: Documents): Promise<number[]> => {
  const minutes = new Set<number>();
  let first = Infinity;
  let last = -Infinity;
  for await (const { document } of documents) {
    if (document.kind !== 'hour') continue;
    for (const { minute } of document.minutes) {
      const time = timeOf(document, minute);
      first = Math.min(first, time);
      last = Math.max(last, time);
      minutes.add(time);
      if (minutes.size <= sampled) continue;
      const drop = [...minutes].reduce((one, other) => (digest(String(one)) > digest(String(other)) ? one : other));
      minutes.delete(drop);
    }
  }
  return Number.isFinite(first) ? [...new Set([first, ...minutes, last])] : [];
};

/** Where a window's answer changes because of a minute: before it begins, while it runs, and as it leaves the window. */
const edgesOf = (minute: number): number[] => [minute - 1, minute, minute + minuteMs - 1, minute + windowMs, minute + windowMs + minuteMs - 1, minute + windowMs + minuteMs]; // prettier-ignore

/**
 * Best sellers as the stored hours have them at the edges of windows, by adding up every hour of a window. Undefined where a document was
 * newer than the checkpoint: then the hours are no state of one moment.
 */
export const storedBestSellers = async (store: ReadStore, serving: ServingModel): Promise<readonly TopAnswer[] | undefined> => {
  const moments = [...new Set((await minutesWithSales(hoursOf(store, serving))).flatMap(edgesOf))];
  const answers = moments.map((moment) => {
    const asOf = new Date(moment).toISOString();
    return { asOf, ...windowOf(asOf), sums: new Map<string, { units: number; revenue: number }>() };
  });
  for await (const { guard, document } of hoursOf(store, serving)) {
    if (guard > serving.position) return undefined;
    if (document.kind !== 'hour') continue;
    for (const { minute, units, revenue } of document.minutes) {
      const time = timeOf(document, minute);
      for (const { from, until, sums } of answers) if (time >= from && time < until) addTo(sums, document.productId, units, revenue);
    }
  }
  return answers.map(({ asOf, sums }) => ({ asOf, position: serving.position, limit, items: ranked(sums, limit), archived: 'listed' }));
};
