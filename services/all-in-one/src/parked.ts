import { parsed, quietCommand } from './command-line.js';
import { parkedEntries } from './folder-operations.js';
import { runTool } from './run-tool.js';
import { toolTarget, withTarget, withTargetOptions, type TargetOptions } from './tool-target.js';

type Asked = TargetOptions &
  (
    | { readonly action: 'list' }
    | { readonly action: 'retry'; readonly id: string }
    | { readonly action: 'skip'; readonly id: string; readonly reason: string }
  );

const commandLine = (words: readonly string[]): Asked =>
  parsed((write) => {
    let asked: Asked = { action: 'list' };
    const command = withTargetOptions(
      quietCommand('npm run parked --', 'Streams that wait behind an event which a read model cannot take in.', write),
    );
    const sub = (usage: string, description: string) =>
      command
        .command(usage)
        .description(description)
        .allowExcessArguments(false)
        .helpOption('--help', 'show this list')
        .exitOverride()
        .configureOutput({ writeOut: write, writeErr: write });
    sub('list', 'show what waits (the default)').action(() => undefined);
    sub('retry <id>', 'try the event again').action((id: string) => {
      asked = { action: 'retry', id };
    });
    sub('skip <id> <reason>', 'take the event out of that read model for good').action((id: string, reason: string) => {
      asked = { action: 'skip', id, reason };
    });
    command.action(() => undefined).parse([...words], { from: 'user' });
    return { ...asked, ...command.opts<TargetOptions>() };
  });

const ignored = (): void => undefined;

await runTool(async () => {
  const { data, store, readStore, ...asked } = commandLine(process.argv.slice(2));
  const target = {
    ...(data !== undefined && { data }),
    ...(store !== undefined && { store }),
    ...(readStore !== undefined && { readStore }),
  };
  return withTarget(toolTarget(process.env, target), async (ask) => {
    if (asked.action === 'list') {
      const entries = parkedEntries.parse(await ask('parked', null, ignored));
      for (const { id, waiting, revision, reason, parkedAt } of entries)
        process.stdout.write(`${id}\n  ${waiting} events wait from revision ${revision} on, since ${parkedAt}: ${reason}\n`);
      if (entries.length === 0) process.stdout.write('nothing is parked\n');
      return 0;
    }
    const healed = await ask(asked.action, asked, ignored);
    process.stdout.write(healed === true ? `${asked.id}: goes on\n` : `${asked.id}: still waits\n`);
    return healed === true ? 0 : 1;
  });
});
