import { instantOf, type Clock } from '@shop/clock';
import { Problem } from '@shop/http';
import { rethrowWithoutEffect } from '../faults.js';
import type { Shop } from '../shop.js';
import type { CommandContext } from '../writing/execute.js';
import type { Finishing } from './finishing.js';
import type { FollowUps } from './follow-ups.js';
import { releaseAll, type Try } from './reservations.js';

export type LettingGoDependencies = {
  readonly shop: Pick<Shop, 'products'>;
  readonly clock: Clock;
  readonly finishing: Finishing;
  readonly followUps: FollowUps;
};

/**
 * Lets go of what a try took. It must have ended before anything else is tried, or the order would stand in its own way;
 * the client waits for it until `answerBy`, the release itself goes on.
 * @throws Problem `EVENT_STORE_UNAVAILABLE` where that did not work out: recovery will do it
 */
export const lettingGo =
  ({ shop, clock, finishing, followUps }: LettingGoDependencies) =>
  async (
    { context, answerBy }: { readonly context: CommandContext; readonly answerBy: number },
    productIds: readonly string[],
    tried: Try,
  ): Promise<void> => {
    if (productIds.length === 0) return;
    const release = { checkoutId: tried.checkoutId, occurredAt: instantOf(clock) }; // later than it was reserved
    const released = releaseAll(shop.products, productIds, release, finishing.after(context));
    void followUps.run('releasing reserved stock', () => released);
    const done = new AbortController();
    const tooLate = clock.sleep(answerBy - clock.monotonic(), done.signal).then(() => {
      if (!done.signal.aborted) throw new Problem('EVENT_STORE_UNAVAILABLE');
    });
    await Promise.race([released, tooLate])
      .catch(rethrowWithoutEffect)
      .finally(() => done.abort());
  };
