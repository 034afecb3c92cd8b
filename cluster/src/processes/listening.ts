import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeProcess } from './node-process.js';

const within = { listeningMs: 20_000, readyMs: 60_000 };
const pauseMs = 50;

const takesConnections = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (taken: boolean) => () => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', end(true)).once('error', end(false));
  });

const until = async (child: NodeProcess, what: string, limitMs: number, holds: () => Promise<boolean>): Promise<void> => {
  for (const giveUp = performance.now() + limitMs; ;) {
    if (await holds()) return;
    if (!child.isRunning()) throw new Error(`${child.name} ended before it ${what}:\n${await child.lastWords()}`);
    if (performance.now() > giveUp) throw new Error(`${child.name} has not ${what} within ${limitMs} ms:\n${await child.lastWords()}`);
    await sleep(pauseMs);
  }
};

/** @throws Error with its last words where it ends or takes too long */
export const untilListening = (child: NodeProcess, port: number): Promise<void> =>
  until(child, 'listened', within.listeningMs, () => takesConnections(port));

/** Until it is ready, degraded or not. @throws Error with its last words where it ends or takes too long */
export const untilReady = (child: NodeProcess, url: string): Promise<void> =>
  until(child, 'was ready', within.readyMs, () =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
