import { beginning, type Position } from '@shop/event-store';
import { Problem } from '@shop/http';
import type { ServingModel } from '@shop/read-store';
import { degraded, type FollowedModel } from './followed-model.js';
import type { Ticket } from './waiting-room.js';

export type Patience = {
  readonly ticket: Ticket;
  /** Called when a wait begins: a projector in the same process can hurry. */
  readonly onWait: () => void;
};

export const hasReached = (model: ServingModel | undefined, position: Position): model is ServingModel =>
  model !== undefined && model.position >= position;

export const lagging = (model: ServingModel | undefined, requiredPosition: Position): Problem =>
  new Problem('READ_MODEL_LAGGING', { position: model?.position ?? beginning, requiredPosition });

/**
 * In the queue until woken or patience ends; then the store is asked once more, as a word of a change can get lost. A client that
 * goes meanwhile keeps its place: patience is short, and an abort signal for each read would cost more than the read.
 */
const wait = (model: FollowedModel, position: Position, ticket: Ticket): Promise<ServingModel> =>
  new Promise((resolve, reject) => {
    const succeed = (seen: ServingModel): void => {
      end();
      resolve(seen);
    };
    const fail = (error: unknown): void => {
      end();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const lastLook = (): void => {
      model.reload().then((seen) => (hasReached(seen, position) ? succeed(seen) : fail(lagging(seen, position))), fail);
    };
    const leave = model.wait(position, { wake: succeed, fail });
    const end = (): void => {
      leave();
    };
    ticket.onExpiry(lastLook);
  });

/**
 * The read model once everything up to `position` is in it.
 * @throws Problem `READ_MODEL_LAGGING` when patience ends first, `READ_MODEL_DEGRADED` at once where the projection has stopped
 */
export const reach = async (model: FollowedModel, position: Position, patience: Patience): Promise<ServingModel> => {
  const now = await model.current();
  if (now?.state === 'stopped') throw degraded(now.generation.projection);
  if (hasReached(now, position)) return now;
  patience.onWait();
  return wait(model, position, patience.ticket);
};
