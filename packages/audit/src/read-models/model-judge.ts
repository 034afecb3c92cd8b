import { loadServing, type ReadStore } from '@shop/read-store';
import { canonical } from '../canonical.js';
import type { Place, Say } from '../finding.js';
import { digest } from '../fingerprints.js';
import type { Fact, Judge } from '../judge.js';
import type { Ledger } from '../ledger/ledger.js';
import type { ModelFold } from './model-fold.js';
import { positionNumber, type StoredModel } from './stored-model.js';

type Difference = { readonly id: string; readonly guard: string; readonly expected: string; readonly place: Place };

/** Most documents that are shown as they are; of more it is only said that they differ. */
const shownMost = 50;

/**
 * I10 and I11 of one read model that was read before the log: each document is compared once, when the log comes to its position, so the
 * shop may go on meanwhile. I13 where the shop is quiet: the model has come to the end of the log.
 */
export const modelJudge = (
  fold: ModelFold,
  stored: StoredModel,
  { readStore, quiet }: { readonly readStore: ReadStore; readonly quiet: boolean },
): Judge => {
  const { serving, positions, digests, parked, skipped } = stored;
  const checkpoint = serving.position;
  const nameOf = (id: string) => `${fold.name} document ${id}`;
  const differences: Difference[] = [];
  /** Streams of which an event was skipped that others can read: what their documents hold is the operator's decision. */
  const leftOut = new Set<string>();

  /** A document whose position is that of no event of its own stays positive: what was met is set to minus its position. */
  const met = (id: string, position: number): void => positions.set(id, -position);

  const compare = (id: string, fact: Fact, ledger: Readonly<Ledger>, say: Say): void => {
    const expected = canonical(fold.document(id, fact, ledger));
    if (digest(expected) === digests.get(id)) return;
    const { stream, revision, position } = fact.recorded;
    const place = { stream, revision, position };
    if (differences.length < shownMost) differences.push({ id, guard: position, expected, place });
    else say('I10', nameOf(id), expected, 'another document', place);
  };

  const judge = (fact: Fact, ledger: Readonly<Ledger>, say: Say): void => {
    const { stream, revision, position } = fact.recorded;
    if (skipped.has(`${stream}/${revision}`)) {
      leftOut.add(stream);
      return;
    }
    fold.take?.(fact);
    const ids = fold.documentIds(fact);
    if (ids.length === 0) return;
    const waits = leftOut.has(stream) || position >= (parked.get(stream) ?? '~');
    const at = positionNumber(position);
    for (const id of ids) {
      const stands = Math.abs(positions.get(id) ?? 0);
      if (stands === at) {
        met(id, at);
        if (!waits) compare(id, fact, ledger, say);
      } else if (stands < at && position <= checkpoint && !waits && stored.namesAllParked)
        say(
          'I11',
          nameOf(id),
          `holds this event, which the checkpoint ${checkpoint} has passed`,
          stands === 0 ? 'no document' : 'an older one',
        );
    }
  };

  const showDifferences = async (say: Say): Promise<void> => {
    const found = await readStore.load(serving.collection, differences.map(({ id }) => id)); // prettier-ignore
    for (const { id, guard, expected, place } of differences) {
      const now = found.get(id);
      say('I10', nameOf(id), expected, now?.guard === guard ? canonical(now.document) : 'another document, replaced meanwhile', place);
    }
  };

  /** Documents at a position where nothing happened to them: by name, which the tables have not kept. */
  const nameUnmet = async (ledger: Readonly<Ledger>, say: Say): Promise<void> => {
    const unmet = [...positions.values()].filter((position) => position > 0).length;
    if (unmet === 0) return;
    for await (const { id, guard } of readStore.scan(serving.collection, { where: [], order: [] })) {
      if (positions.get(id) !== positionNumber(guard)) continue;
      const place = { stream: null, revision: null, position: guard };
      if (guard > ledger.position) say('I11', nameOf(id), `nothing beyond the end of the log, ${ledger.position}`, guard, place);
      else say('I10', nameOf(id), 'a position at which something happened to it', guard, place);
    }
  };

  const judgeCheckpoint = async (ledger: Readonly<Ledger>, say: Say): Promise<void> => {
    const about = `checkpoint of ${fold.name}`;
    if (checkpoint > ledger.position) say('I11', about, `nothing beyond the end of the log, ${ledger.position}`, checkpoint);
    const now = await loadServing(readStore, fold.name);
    const isSame = now?.collection === serving.collection;
    if (isSame && now.position < checkpoint) say('I11', about, `never before ${checkpoint}`, now.position);
    if (quiet && checkpoint !== ledger.position) say('I13', about, `at the end of the log, ${ledger.position}`, checkpoint);
  };

  return {
    invariants: ['I10', 'I11', ...(quiet ? (['I13'] as const) : [])],
    after: judge,
    end: async (ledger, say) => {
      await showDifferences(say);
      await nameUnmet(ledger, say);
      await judgeCheckpoint(ledger, say);
    },
  };
};
