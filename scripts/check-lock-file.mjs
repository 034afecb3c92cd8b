// A platform package that could not be had when the lock file was written leaves a hole in it: `npm ci` then fails on that platform.
import { readFileSync } from 'node:fs';

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const held = (from, name) => {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (packages[`${folder && `${folder}/`}node_modules/${name}`]) return true;
    if (!folder) return false;
  }
};
const holes = Object.entries(packages).flatMap(([from, { optionalDependencies = {} }]) =>
  Object.keys(optionalDependencies)
    .filter((name) => !held(from, name))
    .map((name) => `${from} lacks ${name}`),
);
if (holes.length > 0) {
  console.error(holes.join('\n'));
  process.exit(1);
}
console.log(`package-lock.json is complete (${Object.keys(packages).length} packages)`);
