import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { auditReport, type AuditReport } from '@shop/audit';
import { startProgram, type Program } from './program.js';

/** A built program of the all-in-one, as npm starts it. */
const shopProgram = (file: 'bundle/main.js' | 'audit.js'): string =>
  fileURLToPath(new URL(`../../../services/all-in-one/dist/${file}`, import.meta.url));

export type ShopStart = {
  readonly folder: string;
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
};

/** The shop as its users start it, without the sample catalogue. By number: a look-up of the name could end at another address. */
export const startShop = ({ folder, port, env }: ShopStart): { readonly program: Program; readonly url: string } => ({
  program: startProgram(shopProgram('bundle/main.js'), ['--port', String(port), '--data', folder, '--no-seed'], env),
  url: `http://127.0.0.1:${port}`,
});

const lookEveryMs = 10;

/** Resolves once `/readyz` answers 200. @throws Error where a program it needs ends first */
export const untilReady = async (url: string, needed: readonly Program[]): Promise<void> => {
  let ended: Program | undefined;
  for (const program of needed) void program.exited.then(() => (ended = program));
  for (;;) {
    const isReady = await fetch(`${url}/readyz`).then(
      async (response) => {
        await response.text();
        return response.status === 200;
      },
      () => false,
    );
    if (isReady) return;
    if (ended) throw new Error(`a program ended before it was ready: ${ended.stderr()}`);
    await sleep(lookEveryMs);
  }
};

export type AuditOptions = { readonly quiet?: boolean; readonly history?: string };

/** `npm run audit` of the stores that its words name. @throws Error where it could not decide */
export const auditOf = async (stores: readonly string[], { quiet = false, history }: AuditOptions): Promise<AuditReport> => {
  const words = [...stores, '--json', ...(quiet ? ['--quiet'] : []), ...(history === undefined ? [] : ['--history', history])];
  const program = startProgram(shopProgram('audit.js'), words);
  const { code } = await program.exited;
  if (code !== 0 && code !== 1) throw new Error(`the audit could not decide: ${program.stderr()}`);
  return auditReport.parse(JSON.parse(program.stdout()));
};

/** Of a data folder: asks the process that owns it, or opens it. @throws Error where it could not decide */
export const auditFolder = (folder: string, options: AuditOptions): Promise<AuditReport> => auditOf(['--store', folder], options);
