import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('the pages of the dashboard hold no text of their own: all of it is in words/', () => {
  const root = fileURLToPath(new URL('../apps/dashboard/src/', import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.tsx'),
  );
  expect(files.length).toBeGreaterThan(30);
  const found = files.flatMap((name) => {
    const code = readFileSync(join(root, name), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    const between = [...code.matchAll(/<\/?[A-Za-z][^<>{}]*>\s*([A-Za-zÄÖÜäöü][^<>{}=;()]*?)\s*</g)];
    const attributes = [...code.matchAll(/\b(?:aria-label|title|placeholder|alt|hint)="([^"]*[a-z][^"]*)"/g)];
    return [...between, ...attributes].map(([, text]) => `${name}: ${text}`);
  });
  expect(found.filter((text) => !text.endsWith(': Esc'))).toEqual([]);
});
