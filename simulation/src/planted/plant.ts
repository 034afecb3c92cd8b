import { register } from 'node:module';
import { resolve } from 'node:path';

/** Imported before anything else of a worker (`--import`): plants the bug named in the environment. */
const bug = process.env['PLANTED_BUG'];
if (bug !== undefined) register('./edit-hook.js', import.meta.url, { data: { bug, root: resolve(import.meta.dirname, '../../..') } });
