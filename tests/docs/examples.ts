import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { until } from '@freshet/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { makeEvents } from '../events.js';
import type { System } from '../system.js';
import { blocks, commandsOf, inlineCommands, type Block } from './blocks.js';
import { ELSEWHERE, TRIED, type Here, type Tried } from './commands.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const CLI = 'apps/cli/bin/compiled.mjs';

/** What the ways to the command line end at, once they have set up what is missing. */
const FRESHET = `freshet() { "$NODE" ${CLI} "$@"; }\n`;

const all = blocks();
const shell = all.filter(
  ({ language, text }) => /^(sh|bash|shell)$/.test(language) || /^np[mx] /m.test(text),
);
const commands = [...new Set(shell.flatMap(commandsOf))];

/** Who sees to the examples of a language that are not shell. */
const OTHERS: readonly { readonly by: string; of(block: Block): boolean }[] = [
  { by: 'tests/catalogue/files.spec.ts', of: ({ language }) => language === 'yaml' },
  {
    by: 'tests/docs/questions.ts',
    of: ({ page, language }) => page === 'docs/guide/analysts.md' && /^(sql|http)$/.test(language),
  },
  { by: 'here', of: ({ page, language }) => page.startsWith('docs/runbooks/') && language === 'sql' },
  { by: 'here', of: ({ page }) => page === 'libs/clickhouse/README.md' },
  { by: 'here', of: ({ page, language }) => page === 'docs/guide/embed.md' && language === 'js' },
  { by: 'tests/docs/typed.spec.ts', of: ({ language }) => /^tsx?$/.test(language) },
  {
    by: 'the specs of their scripts',
    of: ({ page }) => /^libs\/(windowing|metrics)\/README\.md$/.test(page),
  },
];

/** Tests that every example of the docs does what it says, on a system with a shop. */
export function exampleTests(of: () => System): void {
  const folder = mkdtempSync(join(tmpdir(), 'freshet-docs-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let letter: Promise<string> | undefined;
  const here = (): Here => ({ system: of(), folder, letter: () => (letter ??= aLetter(of())) });

  describe('the examples of the docs', () => {
    test('are each somebody’s to check', () => {
      const nobodys = all.filter(
        (block) => !shell.includes(block) && !OTHERS.some((other) => other.of(block)),
      );
      expect(nobodys.map(({ page, text }) => `${page}: ${text.slice(0, 60)}`)).toEqual([]);
      const known = [...Object.keys(TRIED), ...Object.keys(ELSEWHERE)];
      expect(commands.filter((command) => !known.includes(command))).toEqual([]);
      expect(known.filter((command) => !commands.includes(command))).toEqual([]);
    });

    test('name scripts and commands that there are, also in the running text', async () => {
      const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
        scripts: Record<string, string>;
      };
      const help = new Map<string, Promise<string>>();
      const helpOf = (words: string): Promise<string> => {
        if (!help.has(words)) help.set(words, helpText(words.split(' ')));
        return help.get(words)!;
      };
      const wrong = async (command: string): Promise<string[]> => {
        const script = /^npm (?:run )?([\w:]+)/.exec(command)?.[1];
        if (script !== undefined && !(script in scripts)) return [`${command}: no such script`];
        const found = /^(?:npx |npm run )?freshet (?:-- )?([a-z][a-z-]*(?: [a-z][a-z-]*)?)/.exec(
          command,
        )?.[1];
        if (found === undefined) return [];
        const text = (await helpOf(found)) || (await helpOf(found.split(' ')[0]!));
        if (text === '') return [`${command}: no such command`];
        const options = [...command.matchAll(/--[a-z][a-z-]*/g)].map(([option]) => option);
        return options.filter((option) => !text.includes(option)).map((option) => `${command}: no ${option}`);
      };
      // What is run below needs no help.
      const asked = [...inlineCommands(), ...Object.keys(ELSEWHERE)];
      expect((await Promise.all(asked.map(wrong))).flat()).toEqual([]);
    });

    const inRunbooks = all.filter(
      ({ page, language }) => page.startsWith('docs/runbooks/') && language === 'sql',
    );
    test.each(inRunbooks)('$page asks SQL that an analyst may, and gets an answer', async ({ text }) => {
      await until(async () => (await of().sql(text)).length > 0, { deadlineMs: 60_000 });
    });

    test('users of a ClickHouse of one’s own are given tables that there are', async () => {
      const [{ text }] = all.filter(({ page }) => page === 'libs/clickhouse/README.md') as [Block];
      const named = [...text.matchAll(/ (freshet\.[a-z_]+)/g)].map(([, name = '']) => name);
      const views = await of().sql<{ name: string }>(
        `SELECT concat(database, '.', name) AS name FROM system.tables WHERE database = 'freshet'`,
      );
      // Those that an analyst does not see.
      const { said: tables } = await inShell('freshet cluster', of().env, undefined);
      const known = [
        ...views.map(({ name }) => name),
        ...[...tables.matchAll(/^CREATE TABLE IF NOT EXISTS (\S+)/gm)].map(([, name = '']) => name),
      ];
      expect(named.length).toBeGreaterThan(10);
      expect(named.filter((name) => !known.includes(name))).toEqual([]);
    });

    test('a page of one’s own gets live numbers by the script that the gateway serves', async () => {
      const [{ text }] = all.filter(({ language }) => language === 'js') as [Block];
      const script = new URL('../../apps/dashboard/dist/embed/freshet-live.js', import.meta.url).href;
      const page = join(folder, 'page.mjs');
      writeFileSync(
        page,
        text
          .replace('https://freshet.example.com/embed/freshet-live.js', script)
          .replace('https://freshet.example.com', of().url),
      );
      // What a browser has and this Node has not.
      const browser = join(folder, 'browser.mjs');
      writeFileSync(
        browser,
        `import { WebSocket } from '${import.meta.resolve('ws')}';\nObject.assign(globalThis, { WebSocket, sessionStorage: {} });\n`,
      );
      const { said } = await inShell(`"$NODE" --import ${browser} ${page}`, {}, /^value \[/m);
      // On a busy machine numbers may be old for a moment, and say so.
      expect(said).toMatch(/^loading undefined\n(stale|value) \[/);
      expect(said).toMatch(/^value \[/m);
    });

    test.each(['npx freshet catalog check --no-compare', 'npm run --silent shop -- --help'])(
      'get to the command line: %s',
      async (line) => {
        const compiled = () => statSync(join(root, 'apps/cli/dist/main.js')).ino;
        const before = compiled();
        const { code, said } = await inShell(line, of().env, undefined);
        expect(code, said).toBe(0);
        expect(said).toMatch(/0 problems|incident list/);
        // What is compiled stays in its place: a system that runs from here needs it, too.
        expect(compiled()).toBe(before);
      },
    );

    test('find a dead letter', async () => {
      const producer = of().kafka.producer({ idempotent: true });
      await producer.connect();
      const [order] = makeEvents(7, 20, Date.now() - 1_000, Date.now()).orders;
      const event = JSON.parse(order!.value) as { data: { channel: string } };
      const value = JSON.stringify({ ...event, id: 'of-the-docs', data: { ...event.data, channel: 'fax' } });
      await producer.send({ topic: 'orders', messages: [{ key: 'docs', value }] });
      await producer.disconnect();
      await until(() => aLetter(of()), { deadlineMs: 60_000 });
    });

    test.each(Object.entries(TRIED))(
      '%s',
      async (command, tried) => {
        let said = '';
        await until(async () => (said = await holds(command, tried, here())), { deadlineMs: 60_000 });
        await tried.does?.(here(), said);
      },
      200_000,
    );
  });
}

/** Runs a command as it stands; rejects with what it printed where that is not what the docs say. */
async function holds(command: string, tried: Tried, here: Here): Promise<string> {
  let line = command;
  for (const [from, to] of Object.entries((await tried.with?.(here)) ?? {})) {
    expect(line).toContain(from);
    line = line.replaceAll(from, to);
  }
  const { code, said } = await inShell(line, here.system.env, tried.stops && tried.says);
  expect(said, line).toMatch(tried.says);
  if (!tried.stops) expect(code, `${line}\n${said}`).toBe(tried.code ?? 0);
  return said;
}

/** @param stopAt the command is ended, as by Ctrl-C, when it has said that */
function inShell(
  line: string,
  env: Readonly<Record<string, string>>,
  stopAt: RegExp | undefined,
): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = spawn('bash', ['-c', FRESHET + line], {
      cwd: root,
      env: { ...process.env, ...env, NODE: process.execPath },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => {
        said += text.toString();
        if (stopAt?.test(said) && child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
      });
    child.once('close', (code) => resolve({ code, said }));
  });
}

/** Empty where there is no such command. */
async function helpText(words: readonly string[]): Promise<string> {
  const { said } = await inShell(`freshet ${words.join(' ')} --help`, {}, undefined);
  return said.startsWith(`Usage: freshet ${words.join(' ')} `) ? said : '';
}

async function aLetter(system: System): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [CLI, 'dlq', 'list', '--topic', 'orders', '--json'],
    { cwd: root, env: { ...process.env, ...system.env }, maxBuffer: 64 * 1024 * 1024 },
  );
  const letters = JSON.parse(stdout) as { name: string; state: string }[];
  const waiting = letters.find(({ state }) => state === 'waiting');
  if (waiting === undefined) throw new Error('there is no dead letter of orders');
  return waiting.name;
}
