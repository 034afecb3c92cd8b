import { runService } from '@shop/service-process';
import { commandApiOnEngines } from './on-engines.js';

await runService(commandApiOnEngines);
