// Adds up what the gate ran and says it in one last line; exits 1 unless all of it passed.
import { existsSync, readFileSync } from 'node:fs';

const [report, failedSteps] = process.argv.slice(2);
const jest = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
const passed = jest?.numPassedTests ?? 0;
const skipped = (jest?.numPendingTests ?? 0) + (jest?.numTodoTests ?? 0);
for (const { assertionResults } of jest?.testResults ?? [])
  for (const { status, fullName } of assertionResults) if (status === 'pending') console.log(`SKIPPED: ${fullName}`);
const redTests = jest ? jest.numFailedTests + jest.numRuntimeErrorTestSuites : 0;
// The test step itself counts as failed when a test is red: count what is red, not the step too.
const redSteps = Math.max(0, Number(failedSteps) - (redTests > 0 ? 1 : 0));
const failed = redTests + redSteps + (passed === 0 ? 1 : 0);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 ? 0 : 1);
