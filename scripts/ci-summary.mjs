// Adds up what the gate ran and says it in one last line; exits 1 unless all of it passed.
//   node scripts/ci-summary.mjs FAILED_STEPS REPORT…     reports of jest as JSON, one for each step that runs tests
import { existsSync, readFileSync } from 'node:fs';

const [failedSteps, ...files] = process.argv.slice(2);
const reports = files.filter((file) => existsSync(file)).map((file) => JSON.parse(readFileSync(file, 'utf8')));
const sum = (countOf) => reports.reduce((total, report) => total + countOf(report), 0);

const passed = sum(({ numPassedTests }) => numPassedTests);
const skipped = sum(({ numPendingTests, numTodoTests }) => numPendingTests + numTodoTests);
for (const { testResults } of reports)
  for (const { assertionResults } of testResults)
    for (const { status, fullName } of assertionResults) if (status === 'pending') console.log(`SKIPPED: ${fullName}`);
const redIn = ({ numFailedTests, numRuntimeErrorTestSuites }) => numFailedTests + numRuntimeErrorTestSuites;
// A step with red tests counts as failed itself: count what is red, not the step too. A report that is missing leaves its step.
const redSteps = Math.max(0, Number(failedSteps) - reports.filter((report) => redIn(report) > 0).length);
const failed = sum(redIn) + redSteps + (passed === 0 ? 1 : 0);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 ? 0 : 1);
