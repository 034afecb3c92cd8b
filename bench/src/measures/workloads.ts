import type { RandomWorkload } from '../load/workload.js';

const customers = 1_000;

export const spread: RandomWorkload = { kind: 'random', products: 1_000, customers, linesPerOrder: 3 };
export const spreadSingle: RandomWorkload = { ...spread, linesPerOrder: 1 };
/** Everybody wants the one product. */
export const hot: RandomWorkload = { kind: 'random', products: 1, customers, linesPerOrder: 1 };
