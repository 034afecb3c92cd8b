import type { BestSellerDocument } from '@shop/read-store';
import { isWhole, type HourSlice, type SalesWindow } from './sales-window.js';

export type Sales = { readonly units: number; readonly revenue: number };

export const hourDocumentId = (hour: string, productId: string): string => `hour:${hour}:${productId}`;

const nothing: Sales = { units: 0, revenue: 0 };
const plus = (one: Sales, other: Sales): Sales => ({ units: one.units + other.units, revenue: one.revenue + other.revenue });

const salesOfHour = (slice: HourSlice, document: BestSellerDocument | undefined): Sales => {
  if (document?.kind !== 'hour') return nothing;
  if (isWhole(slice)) return document;
  return document.minutes
    .filter(({ minute }) => minute >= slice.firstMinute && minute <= slice.lastMinute)
    .reduce((sum: Sales, minute) => plus(sum, minute), nothing);
};

/** What of a product was sold within a window, to the minute: whole hours by their sums, the two at its edges by their minutes. */
export const salesWithin = ({ hours }: SalesWindow, productId: string, documentAt: (id: string) => BestSellerDocument | undefined): Sales =>
  hours.reduce((sum, slice) => plus(sum, salesOfHour(slice, documentAt(hourDocumentId(slice.hour, productId)))), nothing);
