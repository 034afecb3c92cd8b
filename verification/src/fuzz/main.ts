import { CommanderError } from 'commander';
import { killAll } from '../processes/program.js';
import { readCommandLine } from './command-line.js';
import type { FuzzReport } from './fuzz.js';
import { fuzzShop } from './fuzz-shop.js';
import type { AuthMode } from './valid-request.js';

const tell = (line: string): void => void process.stderr.write(`${line}\n`);
/** So many of the requests meet a shop that asks for tokens; the others one that believes whoever is named. */
const jwtShare = 0.7;

const describe = (mode: AuthMode, { requests, valid, refused, answers, findings }: FuzzReport): string =>
  [
    `AUTH_MODE=${mode}: ${requests.toLocaleString('en-US')} requests, ${valid.toLocaleString('en-US')} of them valid; ${refused.toLocaleString('en-US')} refused; ${answers.size} pairs of route and status; ${findings.length} findings`,
    ...findings.map((finding) => `  ${finding}`),
  ].join('\n');

const main = async (): Promise<number> => {
  const { requests, seed, connections, answers } = readCommandLine(process.argv.slice(2), () => Math.floor(Math.random() * 2 ** 31));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      killAll();
      process.exit(130);
    });
  tell(`${requests} requests, seed ${seed}, ${connections} at once`);
  const withTokens = Math.ceil(requests * jwtShare);
  let findings = 0;
  for (const [mode, count] of [
    ['jwt', withTokens],
    ['off', requests - withTokens],
  ] as const) {
    const report = await fuzzShop({ mode, requests: count, seed, connections, tell });
    process.stdout.write(`${describe(mode, report)}\n`);
    if (answers) for (const [answer, times] of [...report.answers].sort()) process.stdout.write(`  ${answer}: ${times}\n`);
    findings += report.findings.length;
  }
  return findings === 0 ? 0 : 1;
};

try {
  process.exitCode = await main();
} catch (error) {
  killAll();
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    tell(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 1;
  }
}
