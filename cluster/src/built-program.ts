import { fileURLToPath } from 'node:url';

/** Of the project, from the sources as from what is built of them. */
const root = new URL('../../', import.meta.url);

/** A program of the project as it was built. @param path from the project's folder, such as `services/projector/dist/main.js` */
export const builtProgram = (path: string): string => fileURLToPath(new URL(path, root));
