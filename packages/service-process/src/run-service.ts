import { newUuid, systemClock, systemRandom } from '@shop/clock';
import { createLogger, readVariables, type Environment } from '@shop/http';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { masked } from './masked.js';
import { withSecretFiles } from './secret-files.js';
import type { ProcessSettings, ServiceProgram } from './service-program.js';
import { startService } from './started-service.js';
import { usage } from './usage.js';

const printedConfig = <Settings extends ProcessSettings>(program: ServiceProgram<Settings>, environment: Environment): string => {
  program.readSettings(environment);
  const settings = readVariables(program.variables, environment);
  const lines = Object.keys(program.variables.shape).map((name) => [name, masked(name, settings[name]) ?? null] as const);
  return `${JSON.stringify(Object.fromEntries(lines), undefined, 2)}\n`;
};

/** Runs until a signal or a fault ends it; answers the exit code. */
const run = async <Settings extends ProcessSettings>(program: ServiceProgram<Settings>, environment: Environment): Promise<number> => {
  const settings = program.readSettings(environment);
  if (settings.production) delete process.env['DEBUG']; // under it clients of engines print their connection strings
  const logger = createLogger(settings.http.logLevel);
  for (const warning of settings.warnings) logger.warn(warning);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const tools = { clock: systemClock, random: systemRandom, newId: newUuid, logger, registry };

  // Before anything is opened: a signal in mid-start must not leave the process without an orderly end.
  const ended = new Promise<number>((resolve) => {
    const stop = (signal: NodeJS.Signals) => {
      logger.info({ signal }, 'stopping');
      resolve(0);
    };
    process.once('SIGTERM', stop).once('SIGINT', stop);
    const fail = (err: unknown) => {
      logger.fatal({ err }, 'a fault that nobody caught: the service stops');
      resolve(1);
    };
    process.on('uncaughtException', fail).on('unhandledRejection', fail);
  });
  const service = await startService(await program.open(settings, tools), { ...tools, settings: settings.http });
  logger.info({ service: program.name, host: settings.http.host, port: service.port }, 'listening');
  const exitCode = await ended;
  try {
    await service.stop();
    return exitCode;
  } catch (err) {
    logger.fatal({ err }, 'the service could not stop in order');
    return 1;
  }
};

/**
 * The whole life of a service's process, up to its exit code: 0 after a signal, 1 after a fault or where it cannot start.
 * What is wrong with the settings goes to stderr, everything at once.
 */
export const runService = async <Settings extends ProcessSettings>(program: ServiceProgram<Settings>): Promise<void> => {
  const [option, ...more] = process.argv.slice(2);
  try {
    if (option === '--help' && more.length === 0) process.stdout.write(usage(program));
    else if (option === '--print-config' && more.length === 0) process.stdout.write(printedConfig(program, withSecretFiles(process.env)));
    else if (option !== undefined) {
      process.stderr.write(`unknown option: ${[option, ...more].join(' ')}\n\n${usage(program)}`);
      process.exitCode = 1;
    } else process.exitCode = await run(program, withSecretFiles(process.env));
  } catch (error) {
    process.stderr.write(`${program.name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
  // A client of an engine may keep the event loop alive after everything was closed, or let Node 20 spin while it tears itself down.
  process.stdout.write('', () => process.exit());
};
