import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@shop/engines';
import { auditFolder, startShop, untilReady } from '../processes/shop-program.js';
import { tokenEnvironment } from '../processes/token.js';
import { fuzz, type FuzzReport } from './fuzz.js';
import type { AuthMode } from './valid-request.js';

export type FuzzShopOptions = {
  readonly mode: AuthMode;
  readonly requests: number;
  readonly seed: number;
  readonly connections: number;
  readonly tell: (line: string) => void;
};

/** Fuzzes a shop of its own, as a process; afterwards it must be alive, have reported no fault, stop in order and pass the audit. */
export const fuzzShop = async (options: FuzzShopOptions): Promise<FuzzReport> => {
  const folder = await mkdtemp(join(tmpdir(), 'shop-fuzz-'));
  const env = { LOG_LEVEL: 'error', ...(options.mode === 'jwt' && tokenEnvironment) };
  const { program, url } = startShop({ folder, port: await freePorts(), env });
  try {
    await untilReady(url, [program]);
    const report = await fuzz({ ...options, url });
    program.signal('SIGTERM');
    const { code, signal } = await program.exited;
    const audit = await auditFolder(folder, {});
    return {
      ...report,
      findings: [
        ...report.findings,
        ...(code === 0 ? [] : [`SIGTERM ended it with ${signal ?? code}`]),
        ...(program.stderr() === '' ? [] : [`it reported faults: ${program.stderr().slice(0, 2_000)}`]),
        ...audit.findings.map(
          ({ invariant, about, expected, found }) => `audit: ${invariant} ${about}: expected ${expected}, found ${found}`,
        ),
      ],
    };
  } finally {
    program.signal('SIGKILL');
    await program.exited;
    await rm(folder, { recursive: true, force: true });
  }
};
