import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('..', import.meta.url).pathname;
const pattern = /\b(?:FRESHET|KAFKA|CLICKHOUSE)_[A-Z]+(?:_[A-Z]+)*\b/g;

test('every setting that an app reads is in the table of settings', () => {
  const table = new Set(readFileSync(`${root}docs/guide/settings.md`, 'utf8').match(pattern));
  const files = ['cli', 'gateway', 'ingest', 'shop'].map((app) => `${root}apps/${app}/src/config.ts`);
  const adapters = ['kafka', 'clickhouse', 'notifications'].map(
    (lib) => `${root}libs/${lib}/src/settings.ts`,
  );
  const read = [...files, ...adapters].flatMap(
    (file) =>
      readFileSync(file, 'utf8').match(/(?<=['"`\s])(?:FRESHET|KAFKA|CLICKHOUSE)_[A-Z_]+(?=[:'"`\]])/g) ?? [],
  );
  expect(read.length).toBeGreaterThan(30);
  expect([...new Set(read)].filter((name) => !table.has(name)).toSorted()).toEqual([]);
});
