import { instantOf, type Clock } from '@shop/clock';
import type { RecordedEvent } from '@shop/event-store';
import { productStream } from '@shop/events';
import { z } from 'zod';
import { hashOf } from '../idempotency.js';
import { refusalProblem } from '../refusals.js';
import type { Products } from '../shop.js';
import type { Ground } from '../writing/ground.js';

export type SampleProduct = { readonly productId: string; readonly name: string; readonly price: number; readonly stock: number };

const deadlineMs = 30_000;

const prefix = 'sample-catalogue/';
const sample = z.object({ type: z.literal('ProductRegistered'), data: z.object({ registrationId: z.string().startsWith(prefix) }) });

/** Whether a stored event is one of these registrations: a log that begins with one may have been cut short by a kill. */
export const isSampleRegistration = (stored: RecordedEvent): boolean => sample.safeParse(stored).success;

/**
 * Registers what an empty shop starts with.
 * @throws Problem where the event store does not answer, or one of the ids is somebody else's product
 */
export const sampleRegistration =
  (products: Products, clock: Clock, ground: Ground) =>
  async (samples: readonly SampleProduct[]): Promise<void> => {
    const occurredAt = instantOf(clock);
    const footing = ground.stand();
    await Promise.all(
      samples.map(async ({ productId, name, price, stock }) => {
        const registrationId = `${prefix}${productId}`;
        const result = await products.execute(
          productStream(productId),
          {
            type: 'RegisterProduct',
            productId,
            registrationId,
            requestHash: hashOf('registration', name, price, stock),
            name,
            price,
            stock,
            occurredAt,
          },
          {
            correlationId: 'sample-catalogue',
            causationId: registrationId,
            actor: 'system:seed',
            deadline: clock.monotonic() + deadlineMs,
            origin: 'client',
            footing,
          },
        );
        if (result.outcome === 'refused') throw refusalProblem(result.refusal);
      }),
    );
    await ground.firm(footing);
  };
