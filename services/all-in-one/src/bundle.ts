import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const built = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const folder = built('bundle');

/**
 * Makes one program of the shop, and one of the thread of its read models, out of the hundreds of files that each would have to find, read and
 * link one by one: that was half of the time until an empty shop is ready. What both need is in files that they share.
 */
const { metafile } = await build({
  entryPoints: { main: built('main.js'), 'thread-program': built('projector-thread/thread-program.js') },
  outdir: folder,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // It finds its native part by the place of its own file.
  external: ['libsql'],
  // Packages of the older kind look for Node's modules by a function that modules of this kind lack.
  banner: { js: `import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);` },
  sourcemap: true,
  metafile: true,
  logLevel: 'warning',
});

// What they share is named after its content: that of an earlier build goes.
const written = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
for (const name of readdirSync(folder)) if (!written.has(name)) rmSync(join(folder, name));
