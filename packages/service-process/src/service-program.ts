import type { Environment, HttpSettings, Service } from '@shop/http';
import type { Registry } from 'prom-client';
import type { z } from 'zod';
import type { ProcessTools } from './process-tools.js';
import type { Rights } from './rights.js';

export type OpenedService = {
  readonly service: Service;
  /** Without them it is not ready. */
  readonly rights: Pick<Rights, 'missing'>;
  /** Closes what it works on, after it has stopped. */
  readonly close: () => Promise<void>;
};

/** What a process needs besides the settings of its service. */
export type ProcessSettings = {
  readonly http: HttpSettings;
  readonly production: boolean;
  /** To be said at every start. */
  readonly warnings: readonly string[];
};

/** A service that runs as a process of its own, configured by the environment alone. */
export type ServiceProgram<Settings extends ProcessSettings> = {
  readonly name: Service['name'];
  /** One sentence for `--help`. */
  readonly about: string;
  /** Every variable that it reads, with defaults and descriptions; the output is what `--print-config` shows. */
  readonly variables: z.ZodObject;
  /** @throws SettingsError naming everything that does not fit */
  readonly readSettings: (environment: Environment) => Settings;
  /** Asks no engine: one that is down is met later, and tried again. */
  readonly open: (settings: Settings, tools: ProcessTools & { readonly registry: Registry }) => Promise<OpenedService>;
};
