import { readModelNames } from '@shop/read-store';
import { InvalidArgumentError } from 'commander';
import { parsed, quietCommand } from './command-line.js';
import { rebuildProgress, rebuildReport, type ReadModelName, type RebuildReport } from './folder-operations.js';
import { runTool } from './run-tool.js';
import { toolTarget, withTarget, withTargetOptions, type TargetOptions } from './tool-target.js';

type Options = TargetOptions & { readonly all?: boolean; readonly dryRun?: boolean };

const known = (name: string): ReadModelName => {
  const found = readModelNames.find((one) => one === name);
  if (!found) throw new InvalidArgumentError(`the read models are ${readModelNames.join(', ')}.`);
  return found;
};

const commandLine = (words: readonly string[]) =>
  parsed((write) => {
    let name: ReadModelName | undefined;
    const command = withTargetOptions(
      quietCommand(
        'npm run rebuild --',
        'Replays the log into a read model beside the one that serves, compares both, then switches.',
        write,
      ),
    )
      .argument('[name]', `which one: ${readModelNames.join(', ')}`, known)
      .option('--all', 'all read models, one after the other')
      .option('--dry-run', 'compare only: nothing is switched')
      .action((given?: ReadModelName) => {
        name = given;
      })
      .parse([...words], { from: 'user' });
    const { all = false, dryRun = false, ...target } = command.opts<Options>();
    if (all === (name !== undefined)) command.error('error: name one read model, or --all');
    return { target, dryRun, names: name ? [name] : readModelNames };
  });

const number = (value: number): string => value.toLocaleString('en-US');

const describe = ({ projection, comparison, dryRun, events, seconds, eventsPerSecond, generation, parked }: RebuildReport): string => {
  const { compared, differences, examples } = comparison;
  const verdict =
    differences === 0 ? `${number(compared)} documents, all equal` : `${number(compared)} documents, ${number(differences)} differ`;
  const switched = dryRun ? 'compared only' : `now serving generation ${generation.version}.${generation.generation}`;
  return [
    `${projection}: ${number(events)} events in ${seconds.toFixed(1)} s (${number(eventsPerSecond)} events/s); ${verdict}; ${switched}`,
    ...examples.map(({ id, serving, rebuilt }) => `  ${id}\n    serving ${serving}\n    rebuilt ${rebuilt}`),
    ...parked.map((stream) => `  waits: ${stream}`),
  ].join('\n');
};

/** On a terminal one line that is written over; elsewhere a line now and then. */
const showProgress = (value: unknown): void => {
  const { projection, phase, done, total, eventsPerSecond, secondsLeft } = rebuildProgress.parse(value);
  const text = `${projection}: ${phase}, ${number(done)} of ${number(total)} events, ${number(eventsPerSecond)} events/s, ${secondsLeft} s left`;
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
};

await runTool(async () => {
  const { target, dryRun, names } = commandLine(process.argv.slice(2));
  await withTarget(toolTarget(process.env, target), async (ask) => {
    for (const name of names) {
      const report = rebuildReport.parse(await ask('rebuild', { name, dryRun }, showProgress));
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
      process.stdout.write(`${describe(report)}\n`);
    }
  });
  return 0;
});
