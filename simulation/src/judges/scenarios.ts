import type { RecordedEvent } from '@shop/event-store';
import type { Plan } from '../world/plan.js';

/** What must hold of a world that was made for it; undefined where it does. */
export const scenarioFinding = ({ scenario, products, users }: Plan, log: readonly RecordedEvent[]): string | undefined => {
  if (scenario !== 'baskets') return undefined;
  const most = Math.min(users, ...products.map(({ stock }) => stock));
  const paid = log.filter(({ type }) => type === 'OrderPaid').length;
  return paid === most ? undefined : `scenario baskets: expected ${most} of ${users} baskets paid, as the stock allows, found ${paid}`;
};
