import { readFileSync } from 'node:fs';
import type { InitializeHook, LoadHook } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { editsByFile, edited } from './editing.js';

let files: ReadonlyMap<string, ReturnType<typeof editsByFile> extends ReadonlyMap<string, infer Edits> ? Edits : never> = new Map();

/** Told which bug to plant. */
export const initialize: InitializeHook<{ readonly bug: string; readonly root: string }> = ({ bug, root }) => {
  files = new Map([...editsByFile(bug)].map(([file, edits]) => [pathToFileURL(`${root}/${file}`).href, edits]));
};

/** Loads a module as it stands, but for the edits that plant the bug. */
export const load: LoadHook = async (url, context, nextLoad) => {
  const edits = files.get(url);
  if (!edits) return nextLoad(url, context);
  return { format: 'module', shortCircuit: true, source: edited(readFileSync(fileURLToPath(url), 'utf8'), edits) };
};
