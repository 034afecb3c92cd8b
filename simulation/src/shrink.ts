import { play, type Played } from './play.js';
import type { Command, Plan } from './world/plan.js';

const without = (plan: Plan, gone: ReadonlySet<number>): Plan => ({
  ...plan,
  clients: plan.clients.map((client) => ({ ...client, commands: client.commands.filter(({ number }) => !gone.has(number)) })),
});
const commandsOf = ({ clients }: Plan): readonly Command[] => clients.flatMap(({ commands }) => commands);

export type Shrunk = { readonly plan: Plan; readonly played: Played; readonly tries: number };

/**
 * A smaller world that fails too: fewer faults first, then fewer commands, by halves, quarters and so on. With less in it the same seed
 * goes another way, so what is left need not be the same failure; it is one all the same.
 */
export const shrink = async (failing: Plan, first: Played, { mostTries = 400 } = {}): Promise<Shrunk> => {
  let plan = failing;
  let played = first;
  let tries = 0;
  const stillFails = async (smaller: Plan): Promise<boolean> => {
    if (tries >= mostTries) return false;
    tries += 1;
    const result = await play(smaller);
    if (result.findings.length === 0) return false;
    plan = smaller;
    played = result;
    return true;
  };
  for (const fault of failing.faults) await stillFails({ ...plan, faults: new Set([...plan.faults].filter((one) => one !== fault)) });
  for (let size = Math.ceil(commandsOf(plan).length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < commandsOf(plan).length;) {
      const gone = new Set(commandsOf(plan).slice(from, from + size).map(({ number }) => number)); // prettier-ignore
      if (!(await stillFails(without(plan, gone)))) from += size;
    }
  }
  return { plan, played, tries };
};
