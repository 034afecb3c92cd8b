import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../../../docs/benchmarks.md', import.meta.url));
const heading = '## Last recorded run';

/** The document with these results in the place of the last ones; what stands in front of them is written by people. */
export const withResults = (document: string, results: string): string => {
  const at = document.indexOf(`\n${heading}`);
  const words = (at === -1 ? document : document.slice(0, at)).trimEnd();
  return `${words}\n\n${heading}\n\n${results.trimEnd()}\n`;
};

export const recordResults = async (results: string): Promise<string> => {
  await writeFile(file, withResults(await readFile(file, 'utf8'), results));
  return file;
};
