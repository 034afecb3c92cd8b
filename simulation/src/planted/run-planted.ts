import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Options } from '../command-line.js';
import { startWorker } from '../workers.js';
import { plantedBugs, type PlantedBug } from './bugs.js';
import { edited, editsByFile } from './editing.js';

const mostSeeds = 1_000;
const seedsPerJob = 50;
const root = resolve(import.meta.dirname, '../../..');

type Caught = { readonly bug: PlantedBug; readonly seeds: number; readonly by: string };
type Escaped = { readonly bug: PlantedBug; readonly why: string };

/** What caught it: the invariant, the scenario, or the fault that the code itself reported. */
const judgeOf = (finding: string): string =>
  /^(I\d+|L9|scenario \w+)\b/.exec(finding)?.[0] ?? finding.split('\n', 1)[0]?.slice(0, 60) ?? '';

const hunt = async (bug: PlantedBug): Promise<Caught | Escaped> => {
  for (const [file, edits] of editsByFile(bug.name))
    try {
      edited(readFileSync(resolve(root, file), 'utf8'), edits);
    } catch (error) {
      return { bug, why: `no longer applies: ${error instanceof Error ? error.message : String(error)}` };
    }
  const worker = startWorker({ execArgv: ['--import', new URL('plant.js', import.meta.url).href], environment: { PLANTED_BUG: bug.name } });
  try {
    for (let from = 1; from <= mostSeeds; from += seedsPerJob) {
      const seeds = Array.from({ length: seedsPerJob }, (_, index) => from + index);
      const { failures } = await worker.play({ seeds, untilFailure: true });
      const [first] = failures;
      if (!first) continue;
      const by = [...new Set(first.findings.map(judgeOf))].slice(0, 4);
      return { bug, seeds: first.seed, by: by.join(', ') };
    }
    return { bug, why: `not caught within ${mostSeeds} seeds` };
  } finally {
    worker.end();
  }
};

/** Plants every bug in turn and tells how many seeds it took to catch it. Answers whether all were. */
export const runPlanted = async ({
  workers,
  only,
  tell,
}: Pick<Options, 'workers' | 'only'> & { readonly tell: (line: string) => void }): Promise<boolean> => {
  const bugs = plantedBugs.filter(({ area, name }) => only === undefined || area === only || name.includes(only));
  const waiting = bugs.values();
  const results: (Caught | Escaped)[] = [];
  const work = async (): Promise<void> => {
    for (const bug of waiting) {
      const result = await hunt(bug).catch((error: unknown): Escaped => ({ bug, why: String(error) }));
      results.push(result);
      process.stderr.write(`${bug.name}: ${'seeds' in result ? `caught by seed ${result.seeds}` : result.why}\n`);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  const ofBug = new Map(results.map((result) => [result.bug, result]));
  tell(`${'area'.padEnd(7)} ${'planted bug'.padEnd(52)} ${'seeds'.padStart(6)}  caught by`);
  for (const bug of bugs) {
    const result = ofBug.get(bug);
    const [seeds, by] = result && 'seeds' in result ? [`${result.seeds}`, result.by] : ['-', `NOT CAUGHT: ${result?.why ?? ''}`];
    tell(`${bug.area.padEnd(7)} ${bug.name.padEnd(52)} ${seeds.padStart(6)}  ${by}`);
  }
  const caught = results.filter((result) => 'seeds' in result).length;
  tell(`${caught} of ${bugs.length} planted bugs caught within ${mostSeeds} seeds`);
  return caught === bugs.length;
};
