import { runService } from '@shop/service-process';
import { projectorOnEngines } from './on-engines.js';

await runService(projectorOnEngines);
