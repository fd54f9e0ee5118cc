/**
 * `npm test`: everything that has to be true before a change is taken. The very last line is
 * `N passed, N failed`; a failing check beside the tests counts as one failure.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { packageProgram, root, run, runAndExit, setUp } from './setup.mjs';

const CHECKS = [
  ['lint', 'eslint/bin/eslint.js', ['.', '--max-warnings=0']],
  ['format:check', 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']],
  ['unused', 'knip/bin/knip.js', []],
];

await runAndExit(async () => {
  await setUp({ withKafka: true });
  const failed = [];
  for (const [name, program, args] of CHECKS) {
    const code = await run(process.execPath, [packageProgram(program), ...args], { NX_DAEMON: 'false' });
    if (code !== 0) failed.push(name);
  }
  const tests = await runTests();
  // Warns where Freshet became slower beside its nearest rival than it was accepted; never fails: machines differ.
  await run(process.execPath, ['bench/run.mjs', '--only', 'guard', '--quick']);
  for (const name of failed) console.error(`npm run ${name} failed`);
  const counts = [`${tests.passed} passed`, `${tests.failed + failed.length} failed`];
  if (tests.skipped > 0) counts.push(`${tests.skipped} skipped`);
  console.log(counts.join(', '));
  return tests.failed + failed.length > 0 ? 1 : 0;
});

/** Runs vitest; a run that broke off, or a file that could not be loaded, counts as one failure. */
async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'freshet-test-'));
  const file = join(folder, 'results.json');
  try {
    const code = await run(process.execPath, [
      packageProgram('vitest/vitest.mjs'),
      'run',
      `--root=${root}`,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
      ...process.argv.slice(2),
    ]);
    const results = JSON.parse(readFileSync(file, 'utf8'));
    const broken = results.testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && assertionResults.every((one) => one.status !== 'failed'),
    );
    const failed = results.numFailedTests + broken.length;
    return {
      passed: results.numPassedTests,
      failed: failed === 0 && code !== 0 ? 1 : failed,
      skipped: results.numPendingTests + results.numTodoTests,
    };
  } catch (error) {
    console.error(`vitest left no results: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
