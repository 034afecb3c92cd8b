import { parseArgs } from 'node:util';
import { startEsdbSim } from './esdb-sim.js';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '2113' }, host: { type: 'string', default: '127.0.0.1' }, data: { type: 'string' } },
});

const sim = await startEsdbSim({
  port: Number(values.port),
  host: values.host,
  ...(values.data === undefined ? undefined : { folder: values.data }),
});
process.stdout.write(`READY ${sim.url}\n`);

const printCalls = () =>
  process.stdout.write(`CALLS ${JSON.stringify({ ...sim.calls(), appendsTo: sim.appendsTo(), batchAppends: sim.batchAppends() })}\n`);
process.on('SIGUSR2', printCalls);
const stop = async () => {
  printCalls();
  await sim.stop();
  // Left to itself, Node 20 may spin for ever at its end: over a connection that was reset under HTTP/2 it waits for a write that nobody ends.
  process.exit();
};
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
