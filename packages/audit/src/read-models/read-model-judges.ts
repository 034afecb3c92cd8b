import { loadServing, type ReadStore } from '@shop/read-store';
import { bestSellersAreCounted, type TopAnswer } from '../best-sellers.js';
import type { Undecided } from '../finding.js';
import type { Judge } from '../judge.js';
import { modelFolds } from './folds.js';
import type { ModelFold } from './model-fold.js';
import { modelJudge } from './model-judge.js';
import { storedBestSellers } from './stored-best-sellers.js';
import { readStoredModel, type StoredModel } from './stored-model.js';

/** How often the hours are read again where the shop sells while they are. */
const tries = 20;

const readBestSellers = async (readStore: ReadStore, breathe: () => Promise<void>): Promise<readonly TopAnswer[] | undefined> => {
  for (let n = 0; n < tries; n += 1) {
    const serving = await loadServing(readStore, 'best-sellers');
    if (!serving) return [];
    const answers = await storedBestSellers(readStore, serving);
    if (answers) return answers;
    await breathe();
  }
  return undefined;
};

/** While something waits or has stopped nobody can say that the shop must have settled. */
const obstaclesToSettling = (name: string, { parked, serving }: StoredModel): readonly Undecided[] => [
  ...(parked.size > 0 ? [{ invariant: 'I13' as const, reason: `${parked.size} streams are parked in ${name}` }] : []),
  ...(serving.state === 'stopped' ? [{ invariant: 'I13' as const, reason: `${name} has stopped` }] : []),
];

export type ReadModelJudges = {
  readonly judges: readonly Judge[];
  readonly undecided: readonly Undecided[];
  /** The shop is quiet, and nothing keeps it from settling. */
  readonly settles: boolean;
};

/**
 * Reads the serving read models and makes the judges that compare them with the log, which is to be read afterwards.
 * @throws ReadStoreUnavailableError
 */
export const readModelJudges = async (
  readStore: ReadStore,
  { quiet, breathe }: { readonly quiet: boolean; readonly breathe: () => Promise<void> },
): Promise<ReadModelJudges> => {
  const undecided: Undecided[] = [];
  const models: { readonly fold: ModelFold; readonly stored: StoredModel }[] = [];
  for (const fold of modelFolds()) {
    const stored = await readStoredModel(readStore, fold.name, breathe);
    if (stored) models.push({ fold, stored });
    else undecided.push({ invariant: 'I10', reason: `no ${fold.name} read model serves yet` });
    if (stored && !stored.namesAllParked)
      undecided.push({ invariant: 'I11', reason: `more streams wait in ${fold.name} than can be named` });
  }
  const obstacles = quiet ? models.flatMap(({ fold, stored }) => obstaclesToSettling(fold.name, stored)) : [];
  const settles = quiet && obstacles.length === 0;
  const judges = models.map(({ fold, stored }) => modelJudge(fold, stored, { readStore, quiet: settles }));
  const answers = await readBestSellers(readStore, breathe);
  if (answers) judges.push(bestSellersAreCounted(answers));
  else undecided.push({ invariant: 'I14', reason: 'the hours of sales were never all of one moment while they were read' });
  return { judges, undecided: [...undecided, ...obstacles], settles };
};
