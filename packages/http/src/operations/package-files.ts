import { createRequire } from 'node:module';

/** Where a file of a package lies, found from where this package stands: its code may be part of a bundle that stands elsewhere. */
export const fileOf = (name: `${string}/package.json`): string => {
  const thisPackage = createRequire(import.meta.url).resolve('@shop/http/package.json');
  return createRequire(thisPackage).resolve(name);
};
