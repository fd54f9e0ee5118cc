import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** An example between fences. */
export interface Block {
  /** Path from the root. */
  readonly page: string;
  /** As it stands behind the fence; empty: none. */
  readonly language: string;
  readonly text: string;
}

/** Every page that people read, by path from the root. */
function pages(): string[] {
  const rooms = ['apps', 'libs'].flatMap((kind) =>
    readdirSync(join(root, kind)).map((name) => `${kind}/${name}`),
  );
  return [
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
    ...[...rooms, 'docker', 'bench'].map((room) => `${room}/README.md`),
  ];
}

/** Every example of every page. */
export function blocks(): Block[] {
  return pages().flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(
      ([, language = '', text = '']) => ({ page, language, text }),
    ),
  );
}

/**
 * Commands of shell examples: without comments, each on one line, and with `freshet` for the ways to the command line
 * that need no installation.
 */
export function commandsOf({ text }: Block): string[] {
  return text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/(^|\s+)#\s.*$/, '').trim())
    .map((line) => line.replace(/^npx freshet |^npm run freshet -- /, 'freshet '))
    .map((line) => line.replace(/^npm run (shop|drill) -- /, 'freshet $1 '))
    .filter((line) => line !== '');
}

/** `npx freshet …` and `npm run …` in the running text of pages, each once. */
export function inlineCommands(): ReadonlySet<string> {
  const prose = pages().map((page) =>
    readFileSync(join(root, page), 'utf8').replaceAll(/^```[^]*?^```$/gm, ''),
  );
  return new Set([...prose.join('\n').matchAll(/`(np[xm] [^`]*)`/g)].map(([, command = '']) => command));
}
