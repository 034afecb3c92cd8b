import { createHttpServer, type HttpSettings } from '@shop/http';
import type { Registry } from 'prom-client';
import type { OpenedService } from './service-program.js';
import type { ProcessTools } from './process-tools.js';
import { withRights } from './rights.js';

export type StartedService = {
  readonly port: number;
  /**
   * Not ready at once, no new connections, what is under way is answered; then writers, relay and stores.
   * @throws Error where they do not come to an end
   */
  readonly stop: () => Promise<void>;
};

/** Milliseconds for writers, sweeper and relay to finish what they hold: above the deadline of a step that finishes an order. */
const finishWithinMs = 20_000;

const closing = async ({ service, close }: OpenedService): Promise<void> => {
  try {
    await service.stop();
  } finally {
    await close();
  }
};

/**
 * Listens first, so that health and readiness can be asked while engines are still to come; then the service begins its work.
 * @throws Error where the port cannot be had; everything is closed then
 */
export const startService = async (
  opened: OpenedService,
  { settings, registry, ...tools }: ProcessTools & { readonly settings: HttpSettings; readonly registry: Registry },
): Promise<StartedService> => {
  const { clock } = tools;
  const service = { ...opened.service, readiness: withRights(opened.service.readiness, opened.rights) };
  const server = createHttpServer({ ...tools, registry, services: [service], settings });
  const stop = async () => {
    await server.stop();
    const finished = new AbortController();
    const late = clock.sleep(finishWithinMs, finished.signal).then(() => {
      if (!finished.signal.aborted) throw new Error(`the service did not come to an end within ${finishWithinMs} ms`);
    });
    await Promise.race([closing(opened), late]).finally(() => finished.abort());
    await late;
  };
  try {
    const { port } = await server.listen();
    await opened.service.start();
    return { port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
