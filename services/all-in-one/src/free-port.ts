import { createServer } from 'node:net';

/**
 * Looks whether a port can be had before anything is opened or deleted for its sake.
 * @throws Error with what to do, where it cannot
 */
export const assertPortIsFree = (host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const trial = createServer();
    trial.once('error', (cause) =>
      reject(
        new Error(
          `cannot listen on ${host} port ${port} (${cause.message}): free it, or choose another with --port (or HOST, PORT, OPS_PORT)`,
          {
            cause,
          },
        ),
      ),
    );
    trial.listen(port, host, () => trial.close(() => resolve()));
  });
