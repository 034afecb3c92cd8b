import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Measure, Reading, Settings, Variant } from '../measures/measure.js';
import { seededRandom } from '@shop/clock';
import { shuffled } from '../random-order.js';
import { probeFsync, unsteadyDisk, type ProbeReading } from './fsync-probe.js';

export type Round = { readonly probe: ProbeReading; readonly readings: ReadonlyMap<Variant, Reading> };

export type Run = {
  readonly rounds: readonly Round[];
  /** Whatever makes the whole run void. */
  readonly faults: readonly string[];
};

/** Each variant once, however many comparisons it is part of. */
export const variantsOf = (measures: readonly Measure[]): readonly Variant[] => [
  ...new Set(measures.flatMap(({ comparisons }) => comparisons.flatMap(({ of, per }) => (per ? [of, per] : [of])))),
];

/**
 * Every variant once a round, in shuffled order, each in a fresh process on a fresh folder.
 * What the machine does to one round it does to all variants of it, so ratios are made round by round.
 */
export const runRounds = async (
  measures: readonly Measure[],
  { folder, settings, tell }: { readonly folder: string; readonly settings: Settings; readonly tell: (line: string) => void },
): Promise<Run> => {
  const prepared = join(folder, 'prepared');
  await mkdir(prepared, { recursive: true });
  for (const { id, prepare } of measures) {
    if (!prepare) continue;
    tell(`preparing ${id}`);
    await prepare(prepared, settings);
  }
  const variants = variantsOf(measures);
  const random = seededRandom(settings.seed);
  const rounds: Round[] = [];
  for (let number = 1; number <= settings.rounds; number += 1) {
    const probe = probeFsync(folder);
    tell(
      `round ${number} of ${settings.rounds}: a durable write of 16 KiB takes ${probe.median.toFixed(2)} ms (p95 ${probe.p95.toFixed(2)})`,
    );
    const readings = new Map<Variant, Reading>();
    for (const variant of shuffled(variants, random)) {
      const turn = join(folder, `round-${number}-${readings.size + 1}`);
      await mkdir(turn, { recursive: true });
      const reading = await variant.run({ folder: turn, settings, seed: settings.seed + number * 100_000_000 });
      readings.set(variant, reading);
      await rm(turn, { recursive: true });
      tell(describeReading(variant, reading));
    }
    rounds.push({ probe, readings });
  }
  const unsteady = unsteadyDisk(rounds.map(({ probe }) => probe));
  const faults = rounds.flatMap(({ readings }, index) =>
    [...readings].flatMap(([{ name }, reading]) => reading.faults.map((fault) => `round ${index + 1}, ${name}: ${fault}`)),
  );
  return { rounds, faults: unsteady === undefined ? faults : [unsteady, ...faults] };
};

const shown = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3));

const describeReading = ({ name, unit }: Variant, { value, details, faults }: Reading): string =>
  [
    `  ${name}: ${shown(value)} ${unit}`,
    ...Object.entries(details).map(([what, detail]) => `${what} ${shown(detail)}`),
    ...faults.map((fault) => `VOID: ${fault}`),
  ].join('; ');
