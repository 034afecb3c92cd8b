import { readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const built = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const folder = built('bundle');

/**
 * Makes one program of the shop, and one of the thread of its read models, out of the hundreds of files that each would have to find, read and
 * link one by one: that was half of the time until an empty shop is ready. Each alone: made together, the thread would load whatever the
 * packages have that both use, an HTTP server too.
 */
const program = async (entryPoint: { readonly in: string; readonly out: string }): Promise<readonly string[]> => {
  const { metafile } = await build({
    entryPoints: [entryPoint],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Express and three of its parts are each installed with their own copy of the same version, and each sorts all types that there are.
    alias: { 'mime-types': createRequire(import.meta.resolve('express')).resolve('mime-types') },
    // It finds its native part by the place of its own file.
    external: ['libsql'],
    // Packages of the older kind look for Node's modules by a function that modules of this kind lack.
    banner: { js: `import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);` },
    sourcemap: true,
    metafile: true,
    logLevel: 'warning',
  });
  return Object.keys(metafile.outputs).map((path) => basename(path));
};

const written = await Promise.all([
  program({ in: built('main.js'), out: 'main' }),
  program({ in: built('projector-thread/thread-program.js'), out: 'thread-program' }),
]);

// Most files are named after their content: those of an earlier build go.
const current = new Set(written.flat());
for (const name of readdirSync(folder)) if (!current.has(name)) rmSync(join(folder, name));
