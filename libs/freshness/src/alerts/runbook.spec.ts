import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alertKindSchema } from '@freshet/live-protocol';
import { expect, it } from 'vitest';
import { runbookOf } from './runbook.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const FOLDER = join(ROOT, 'docs', 'runbooks');
/** Stages at which a metric can be stale. */
const STAGES = ['produce', 'broker', 'ingest', 'store', 'serve'] as const;

it('every kind of alert, and every stage at which a metric is stale, has a page with what to do and a drill', () => {
  const pages = alertKindSchema.options.flatMap((kind) =>
    kind === 'stale' ? STAGES.map((stage) => runbookOf(kind, stage)) : [runbookOf(kind, 'ingest')],
  );
  expect(new Set(pages).size).toBe(alertKindSchema.options.length - 1 + STAGES.length);
  for (const page of pages) {
    const text = readFileSync(join(ROOT, page), 'utf8');
    expect(text, page).toMatch(/^# \S/);
    expect(text, page).toMatch(/^## What to do/m);
    expect(text.split(/^## Drill$/m)[1]?.trim(), page).toMatch(/`npm run drill -- [a-z-]+`|```sh/);
  }
});

it('the links of the pages lead somewhere', () => {
  const broken = readdirSync(FOLDER).flatMap((name) => {
    const file = join(FOLDER, name);
    const links = readFileSync(file, 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g);
    return [...links]
      .map(([, target]) => target ?? '')
      .filter((target) => !/^https?:/.test(target) && !existsSync(join(dirname(file), target)))
      .map((target) => `${name}: ${target}`);
  });
  expect(broken).toEqual([]);
});
