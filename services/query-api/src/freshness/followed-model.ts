import type { Position } from '@shop/event-store';
import { Problem } from '@shop/http';
import type { ServingModel } from '@shop/read-store';
import { positionQueue, type Waiter } from './position-queue.js';

export type FollowedModel = {
  /** The generation that readers follow, as last seen; loaded anew only where something has changed since. Undefined: nothing serves yet. */
  readonly current: () => Promise<ServingModel | undefined>;
  /** Looks again, told of a change or not. */
  readonly reload: () => Promise<ServingModel | undefined>;
  /** Waits for a position that `current` has not reached. Answers how to stop waiting. */
  readonly wait: (position: Position, waiter: Waiter<ServingModel>) => () => void;
  /** Checkpoint, alias or parked streams may have changed. */
  readonly changed: () => void;
};

export const degraded = (projection: string): Problem => new Problem('READ_MODEL_DEGRADED', { projection });

/**
 * Keeps what is known about a read model and wakes those who wait for it to get further. An old sight stays true: the checkpoint
 * that was seen is reached for good, and every stream parked before it was seen with it.
 */
export const followModel = (load: () => Promise<ServingModel | undefined>): FollowedModel => {
  const queue = positionQueue<ServingModel>();
  let model: ServingModel | undefined;
  let changes = 1;
  let seen = 0;
  let loading: Promise<ServingModel | undefined> | undefined;

  const deliver = (): void => {
    if (!model) return;
    if (model.state === 'stopped') queue.failAll(degraded(model.generation.projection));
    else queue.wake(model.position, model);
  };
  const look = async (): Promise<ServingModel | undefined> => {
    const before = changes;
    try {
      model = await load();
      seen = before;
      deliver();
      return model;
    } catch (error) {
      queue.failAll(error);
      throw error;
    } finally {
      loading = undefined;
      lookForWaiters();
    }
  };
  const reload = (): Promise<ServingModel | undefined> => (loading ??= look());
  const lookForWaiters = (): void => {
    if (seen < changes && !queue.isEmpty()) reload().catch(() => undefined); // the waiters have been told of the failure
  };
  return {
    current: () => (seen === changes ? Promise.resolve(model) : reload()),
    reload,
    wait: (position, waiter) => {
      const leave = queue.add(position, waiter);
      lookForWaiters();
      return leave;
    },
    changed: () => {
      changes += 1;
      lookForWaiters();
    },
  };
};
