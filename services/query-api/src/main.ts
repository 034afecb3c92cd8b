import { runService } from '@shop/service-process';
import { queryApiOnEngines } from './on-engines.js';

await runService(queryApiOnEngines);
