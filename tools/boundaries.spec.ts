import { ESLint } from 'eslint';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Lints text as if it stood in a file that exists, so that the boundary rule knows whose it is. */
async function boundaryErrors(file: string, text: string): Promise<string[]> {
  const [result] = await new ESLint({ cwd: root }).lintText(text, { filePath: `${root}/${file}` });
  return (result?.messages ?? [])
    .filter((message) => message.ruleId === '@nx/enforce-module-boundaries')
    .map((message) => message.message);
}

test('lint refuses an engine that reaches for an adapter, and a domain that reaches for an engine', async () => {
  expect(
    await boundaryErrors('libs/ingestion/src/index.ts', `import * as x from '@freshet/kafka';\nvoid x;\n`),
  ).toHaveLength(1);
  expect(
    await boundaryErrors(
      'libs/contracts/src/index.ts',
      `import * as x from '@freshet/ingestion';\nvoid x;\n`,
    ),
  ).toHaveLength(1);
  expect(
    await boundaryErrors(
      'libs/live-client/src/index.ts',
      `import * as x from '@freshet/live-hub';\nvoid x;\n`,
    ),
  ).toHaveLength(1);
});

test('lint lets an engine use its domain', async () => {
  expect(
    await boundaryErrors(
      'libs/ingestion/src/index.ts',
      `import * as x from '@freshet/contracts';\nvoid x;\n`,
    ),
  ).toEqual([]);
});
