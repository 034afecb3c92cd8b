import type { Condition } from '@shop/read-store';

export type Period = { readonly from?: string | undefined; readonly to?: string | undefined };

/** Both ends belong to the period. */
export const within = (field: string, { from, to }: Period): Condition[] => [
  ...(from === undefined ? [] : [{ field, is: '>=', value: from } as const]),
  ...(to === undefined ? [] : [{ field, is: '<=', value: to } as const]),
];
