import { beginThread } from './projector-thread/begin-thread.js';

const thread = beginThread(); // before anything else is loaded: it loads its own code meanwhile
const [{ runTool }, { runShop }] = await Promise.all([import('./run-tool.js'), import('./run-shop.js')]);
await runTool(() => runShop(thread));
