import { setTimeout as wait } from 'node:timers/promises';

const tries = 50;
const restMs = 100;

/** runc: it counts to a thousand while the tasks of a container do not stand still, thaws them and leaves trying again to its caller. */
const isTooBusy = (error: unknown): boolean => error instanceof Error && error.message.includes('unable to freeze');

/**
 * Lets a container stand still, however busy it is.
 * @throws what the engine says, where it says anything else, or still says so after many tries
 */
export const pause = async (
  container: { readonly pause: () => Promise<unknown> },
  rest: () => Promise<void> = () => wait(restMs),
): Promise<void> => {
  for (let left = tries; ; left -= 1) {
    try {
      await container.pause();
      return;
    } catch (error) {
      if (!isTooBusy(error) || left === 1) throw error;
      await rest();
    }
  }
};
