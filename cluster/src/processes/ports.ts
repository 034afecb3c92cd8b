import { freePorts } from '@shop/engines';

/** Hands out free ports, none twice: whoever gets one listens on it only later. */
export const portOffice = (): (() => Promise<number>) => {
  const given = new Set<number>();
  return async () => {
    for (;;) {
      const port = await freePorts();
      if (given.has(port)) continue;
      given.add(port);
      return port;
    }
  };
};
