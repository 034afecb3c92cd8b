import type { Ledger, LineStep, UnsettledOrder } from './ledger.js';

export const isSettled = ({ cart, takenOut, cancelled, steps }: UnsettledOrder): boolean => {
  if (cart && !takenOut) return false;
  const last: LineStep = cancelled ? 'returned' : 'sold';
  for (const step of steps.values()) if (step !== last) return false;
  return true;
};

/** An order that is as it must end is forgotten but for its id. */
export const settleIfDone = ({ unsettled }: Ledger, order: UnsettledOrder): void => {
  if (isSettled(order)) unsettled.delete(order.orderId);
};
