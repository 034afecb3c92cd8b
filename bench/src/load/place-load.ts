import { once } from 'node:events';
import { startProcess } from '../processes/child-process.js';
import { loadMessage, type LoadPlan, type PhaseResult } from './load-plan.js';

export type LoadReport = {
  readonly warmUp: PhaseResult | undefined;
  readonly result: PhaseResult;
};

export type LoadWatch = {
  /** The measured window opens. */
  readonly measuring?: () => void;
  /** It has closed. */
  readonly measured?: () => void;
};

/**
 * Runs the load in a process of its own: what it costs must not count as the server's, nor slow it down more than a neighbour does.
 * @throws Error where it ends before it has reported, also because `signal` is aborted
 */
export const placeLoad = async (plan: LoadPlan, watch: LoadWatch = {}, signal?: AbortSignal): Promise<LoadReport> => {
  const { child, exited } = startProcess({ program: new URL('./load-process.js', import.meta.url), talks: true });
  signal?.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  const report = new Promise<LoadReport>((resolve, reject) => {
    child.on('message', (text) => {
      const message = loadMessage.parse(text);
      if (message.kind === 'measuring') watch.measuring?.();
      else if (message.kind === 'failed') reject(new Error(`the load could not be made: ${message.message}`));
      else {
        watch.measured?.();
        resolve({ warmUp: message.warmUp, result: message.result });
      }
    });
    void exited.then((code) => reject(new Error(`the load process ended with ${String(code)} before it had reported`)));
  });
  await once(child, 'spawn');
  child.send(plan);
  const done = await report;
  await exited;
  return done;
};
