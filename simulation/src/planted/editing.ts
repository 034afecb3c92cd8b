import { plantedBugs, type Edit, type PlantedBug } from './bugs.js';

/** @throws where the text to be changed is not there exactly once: the bug no longer applies and must be planted anew */
export const edited = (source: string, edits: readonly Edit[]): string =>
  edits.reduce((text, { file, find, instead }) => {
    const parts = text.split(find);
    if (parts.length !== 2) throw new Error(`${file}: stands there ${parts.length - 1} times, not once: ${find}`);
    return parts.join(instead);
  }, source);

export const bugNamed = (name: string): PlantedBug => {
  const found = plantedBugs.find((bug) => bug.name === name);
  if (!found) throw new Error(`there is no planted bug "${name}"`);
  return found;
};

export const editsByFile = (name: string): ReadonlyMap<string, readonly Edit[]> => {
  const files = new Map<string, Edit[]>();
  for (const edit of bugNamed(name).edits) files.set(edit.file, [...(files.get(edit.file) ?? []), edit]);
  return files;
};
