// Puts what some workspaces need to run, and nothing else, into a folder: their built code, that of the workspaces they depend on, and packages
// without those of development; an empty data/ beside them. Needs the built project and npm.
//   node scripts/production-tree.mjs FOLDER WORKSPACE…
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [target, ...wanted] = process.argv.slice(2);
if (target === undefined || wanted.length === 0) {
  console.error('usage: node scripts/production-tree.mjs FOLDER WORKSPACE…');
  process.exit(2);
}
if (existsSync(target) && readdirSync(target).length > 0) {
  console.error(`${target} is not empty`);
  process.exit(2);
}

const manifestOf = (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
const folders = manifestOf('')
  .workspaces.flatMap((pattern) =>
    pattern.endsWith('/*') ? readdirSync(join(root, pattern.slice(0, -2))).map((name) => `${pattern.slice(0, -1)}${name}`) : [pattern],
  )
  .filter((folder) => existsSync(join(root, folder, 'package.json')));
const folderOf = new Map(folders.map((folder) => [manifestOf(folder).name, folder]));

const needed = new Set();
const need = (folder) => {
  if (needed.has(folder)) return;
  needed.add(folder);
  for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) if (folderOf.has(name)) need(folderOf.get(name));
};
for (const folder of wanted) {
  if (!folders.includes(folder)) throw new Error(`there is no workspace ${folder}`);
  need(folder);
}

const copy = (path, filter) => cpSync(join(root, path), join(target, path), { recursive: true, ...(filter && { filter }) });
const runs = (path) => !/\.(spec|d)\.|\.map$|[\\/]testing$/.test(path);

// npm compares the lock file with every workspace, those that stay behind too.
mkdirSync(join(target, 'data'), { recursive: true });
for (const folder of ['', ...folders]) copy(join(folder, 'package.json'));
copy('package-lock.json');
const only = [...needed].flatMap((folder) => ['--workspace', folder]);
execFileSync('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', ...only], { cwd: target, stdio: ['ignore', 2, 2] });

for (const [name, folder] of folderOf) {
  if (needed.has(folder)) copy(join(folder, 'dist'), runs);
  else for (const path of [folder, join('node_modules', name)]) rmSync(join(target, path), { recursive: true, force: true });
}
rmSync(join(target, 'package-lock.json'));
