import { readSettings as readCommandSettings, type Settings as CommandSettings } from '@shop/command-api';
import { judgeSettings, readHttpSettings, readVariables, type Environment, type HttpSettings } from '@shop/http';
import { readSettings as readProjectorSettings, type ProjectorSettings } from '@shop/projector';
import { readSettings as readQuerySettings, type QuerySettings } from '@shop/query-api';
import { z } from 'zod';

export type Settings = {
  readonly http: HttpSettings;
  readonly command: CommandSettings;
  readonly projector: ProjectorSettings;
  readonly query: QuerySettings;
  readonly dataFolder: string;
};

const own = z.object({ DATA_DIR: z.string().default('data') });

/** Half as long as on engines: a staged append costs next to nothing, and what a kill leaves open is finished before the next start is ready. */
const commandDefaults = { SETTLE_EVERY_MS: '1000' };

/** @throws SettingsError; each line names the variable that does not fit */
export const readSettings = (environment: Environment): Settings => {
  const { DATA_DIR: dataFolder } = readVariables(own, environment);
  const parts = {
    http: () => readHttpSettings(environment, { port: 3000, authMode: 'off' }),
    command: () => readCommandSettings(environment, commandDefaults),
    projector: () => readProjectorSettings(environment),
    query: () => readQuerySettings(environment),
  };
  judgeSettings(...Object.values(parts));
  return { http: parts.http(), command: parts.command(), projector: parts.projector(), query: parts.query(), dataFolder };
};
