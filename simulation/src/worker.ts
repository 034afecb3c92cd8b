import { z } from 'zod';
import { playSeeds } from './play-seeds.js';

const job = z.object({ seeds: z.array(z.int()), untilFailure: z.boolean() });

Error.stackTraceLimit = 0; // stacks cost a tenth of the time, and whoever replays a seed gets them

let unhandled: unknown;
process.on('unhandledRejection', (reason) => {
  unhandled ??= reason;
});

/** Plays what its parent sends, and answers what it came to. */
process.on('message', (message) => {
  const { seeds, untilFailure } = job.parse(message);
  void playSeeds(seeds, { untilFailure }).then(({ tally, failures }) => {
    const stray =
      unhandled === undefined
        ? []
        : [
            {
              seed: seeds[0] ?? 0,
              findings: [
                `a rejection that nobody handles, in seeds ${seeds[0]} to ${seeds.at(-1)}: ${unhandled instanceof Error ? unhandled.message : JSON.stringify(unhandled)}`,
              ],
            },
          ];
    unhandled = undefined;
    process.send?.({ tally, failures: [...failures, ...stray] });
  });
});
process.on('disconnect', () => process.exit());
