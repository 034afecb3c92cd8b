import { createRequire } from 'node:module';

const here = createRequire(createRequire(import.meta.url).resolve('@shop/http/package.json'));

/** Where a file of a package lies, found from where this package stands: its code may be part of a bundle that stands elsewhere. */
export const fileOf = (name: `${string}/package.json`): string => here.resolve(name);
