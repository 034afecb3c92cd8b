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

const printCalls = () => process.stdout.write(`CALLS ${JSON.stringify({ ...sim.calls(), batchAppends: sim.batchAppends() })}\n`);
process.on('SIGUSR2', printCalls);
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    printCalls();
    void sim.stop();
  });
