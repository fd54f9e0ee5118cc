import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Values } from '@freshet/live-protocol';
import { until } from '@freshet/testkit';
import { describe, expect, test } from 'vitest';
import type { System } from '../system.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

interface Question {
  readonly number: string;
  readonly title: string;
  readonly sql: string;
  readonly request: string;
}

const guide = readFileSync(fileURLToPath(new URL('../../docs/guide/analysts.md', import.meta.url)), 'utf8');
const questions: Question[] = guide
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const [, number = '', title = ''] = /^(\d+)\. (.*)/.exec(section) ?? [];
    const [, sql = ''] = /```sql\n([^]*?)```/.exec(section) ?? [];
    const [, request = ''] = /```http\nGET (.*)\n```/.exec(section) ?? [];
    return { number, title, sql, request };
  });

/** The last whole hours whose windows are final. */
const toMs = Math.floor((Date.now() - 15 * MINUTE_MS) / HOUR_MS) * HOUR_MS;
const bounds = { from: toMs - HOUR_MS, to: toMs, last: toMs - MINUTE_MS };

/** Values by `start|series…`, from the rows of a question: start first, value last, dimensions between. */
async function bySql(system: System, { sql }: Question): Promise<Map<string, number>> {
  const time = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
  const rows = await system.sql<Record<string, string | number | null>>(sql, {
    param_from: time(bounds.from),
    param_to: time(bounds.to),
  });
  return new Map(
    rows
      .filter((row) => row['value'] !== null)
      .map((row) => {
        const [start, ...rest] = Object.values(row);
        const startMs = Date.parse(`${String(start).replace(' ', 'T')}Z`);
        return [[startMs, ...rest.slice(0, -1)].join('|'), Number(rest.at(-1))];
      }),
  );
}

async function byRest(system: System, { request }: Question): Promise<Map<string, number>> {
  const path = request.replace(/\{(from|to|last)\}/g, (_, name: 'from' | 'to' | 'last') =>
    new Date(bounds[name]).toISOString(),
  );
  const { points } = await system.get<Values>(path);
  return new Map(
    points
      .filter(({ value }) => value !== null)
      .map(({ start, series, value }) => [[start, ...series].join('|'), value!]),
  );
}

/** Keys of which the two say something else. */
function differing(a: Map<string, number>, b: Map<string, number>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => {
    const [one, other] = [a.get(key), b.get(key)];
    if (one === undefined || other === undefined) return true;
    return Math.abs(one - other) > 1e-9 * Math.max(1, Math.abs(other));
  });
}

/** Tests of the questions of the guide for analysts, asked in SQL and over REST. */
export function questionTests(of: () => System): void {
  describe('the guide for analysts', () => {
    test('asks ten questions', () => {
      expect(questions.map(({ number }) => number)).toEqual('1 2 3 4 5 6 7 8 9 10'.split(' '));
    });

    test.each(questions)('$number: $title', async (question) => {
      await until(
        async () => {
          const [sql, rest] = await Promise.all([bySql(of(), question), byRest(of(), question)]);
          expect(rest.size).toBeGreaterThan(0);
          const keys = differing(sql, rest);
          expect(keys.map((key) => `${key}: SQL ${sql.get(key)}, REST ${rest.get(key)}`)).toEqual([]);
          return true;
        },
        { deadlineMs: 60_000 },
      );
    });
  });
}
