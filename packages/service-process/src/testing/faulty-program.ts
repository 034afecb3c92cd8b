import { readHttpSettings, type Service } from '@shop/http';
import { z } from 'zod';
import { runService } from '../run-service.js';

/** A service in which something goes wrong that nobody catches, a moment after its start; it says what is still done then. */
const service: Service = {
  name: 'query-api',
  routes: [],
  readiness: async () => ({ status: 'ready', checks: {}, parked: [] }),
  start: async () => {
    setTimeout(() => void Promise.reject(new Error('nobody caught me')), 10);
  },
  stop: async () => void process.stderr.write('drained\n'),
};

await runService({
  name: 'query-api',
  about: 'fails.',
  variables: z.object({}),
  readSettings: () => ({ http: readHttpSettings({}, { port: 0, authMode: 'off' }), production: false, warnings: ['mind the gap'] }),
  open: async () => ({ service, rights: { missing: () => undefined }, close: async () => void process.stderr.write('closed\n') }),
});
