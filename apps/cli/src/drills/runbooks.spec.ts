import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { workspaceRoot } from '../config.js';
import { DRILLS } from './drills.js';

test('every drill that a runbook names can be held, and every drill is named by one', () => {
  const folder = join(workspaceRoot, 'docs', 'runbooks');
  const named = readdirSync(folder).flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/npm run drill -- ([a-z-]+)/g)].map(
      ([, drill]) => drill,
    ),
  );
  expect([...new Set(named)].toSorted()).toEqual(DRILLS.map(({ name }) => name).toSorted());
});
