import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import {
  businessForm,
  contractForm,
  formatProblem,
  jsonSchemaOf,
  loadContracts,
  parseBusiness,
  parseContract,
  parseTeams,
  teamsForm,
  type CatalogueProblem,
} from '@freshet/contracts';
import { loadMetrics, metricForm, parseMetric, parseRatio } from '@freshet/metrics';
import { format, resolveConfig } from 'prettier';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { referencePage } from './reference.js';
import { BUSINESS, CONTRACT, COUNTED_METRICS, METRIC_RATIO, TEAMS } from './samples.js';
import { alternatives, referredTo, type Schema } from './schema.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { contracts } = loadContracts(join(root, 'catalog/contracts'));
const { metrics } = loadMetrics(join(root, 'catalog/metrics'), contracts);

/** The kinds of file: with the schema that is made of the reader's form, and files that between them have every key. */
const KINDS = [
  {
    kind: 'contract',
    schema: jsonSchemaOf(contractForm) as Schema,
    samples: [CONTRACT],
    problemsOf: (text: string) => parseContract(text, 'x').problems,
    files: filesOf('contracts'),
  },
  {
    kind: 'metric',
    schema: jsonSchemaOf(metricForm) as Schema,
    samples: [...COUNTED_METRICS, METRIC_RATIO],
    problemsOf: problemsOfMetric,
    files: filesOf('metrics'),
  },
  {
    kind: 'teams',
    schema: jsonSchemaOf(teamsForm) as Schema,
    samples: [TEAMS],
    problemsOf: (text: string) => parseTeams(text, 'x').problems,
    files: ['teams.yaml'],
  },
  {
    kind: 'business',
    schema: jsonSchemaOf(businessForm) as Schema,
    samples: [BUSINESS],
    problemsOf: (text: string) => parseBusiness(text, 'x').problems,
    files: ['business.yaml'],
  },
] as const;

function filesOf(folder: string): readonly string[] {
  return readdirSync(join(root, 'catalog', folder)).map((name) => `${folder}/${name}`);
}

const validators = new Map<string, ValidateFunction>(
  KINDS.map(({ kind, schema }) => [kind, new Ajv({ strict: false }).compile(schema)]),
);

async function formatted(text: string, file: string): Promise<string> {
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}

/** `npx vitest run tests/catalogue -u` makes them anew. */
describe.each(KINDS)('made of the form of a $kind', ({ kind, schema, samples, problemsOf }) => {
  test('the JSON Schema for editors is current', async () => {
    const file = join(root, `catalog/schema/${kind}.schema.json`);
    await expect(await formatted(JSON.stringify(schema), file)).toMatchFileSnapshot(file);
  });

  test('the reference is current', async () => {
    const file = join(root, `docs/reference/${kind}.md`);
    await expect(await formatted(referencePage(schema), file)).toMatchFileSnapshot(file);
  });

  test('the reader knows the same keys at every place', () => {
    const known = new Map<string, Set<string>>();
    for (const sample of samples) {
      for (const place of placesOf(sample)) {
        // Without shared parts, which would be written as YAML's aliases.
        const copy = JSON.parse(JSON.stringify(sample)) as object;
        Object.assign(at(copy, place), { notAKey: 1 });
        const found = problemsOf(stringify(copy)).find(({ message }) => message.includes('"notAKey"'));
        // Values of a mapping are keys of anybody's choice.
        if (found === undefined) continue;
        const path = place.map((step) => (typeof step === 'number' ? '[]' : step)).join('.');
        const keys = (/Known keys here: (.*)\.$/.exec(found.remedy)?.[1] ?? '').split(', ').filter(Boolean);
        known.set(path, new Set([...(known.get(path) ?? []), ...keys]));
      }
    }
    const wanted = keysByPlace(schema);
    const sorted = (keys: ReadonlyMap<string, Set<string>>) =>
      [...keys].map(([path, set]) => `${path}: ${[...set].sort().join(' ')}`).sort();
    expect(sorted(known)).toEqual(sorted(new Map([...wanted].filter(([path]) => known.has(path)))));
    const inside = [...wanted.keys()].filter((path) => !/(^|\.)(where|filter)\./.test(path));
    expect(inside.filter((path) => !known.has(path))).toEqual([]);
  });
});

describe.each(KINDS)('the shipped files: $kind', ({ kind, files }) => {
  test.each(files)('%s tells editors its schema, and keeps to it', (file) => {
    const text = readFileSync(join(root, 'catalog', file), 'utf8');
    const schema = `${file.includes('/') ? '../' : ''}schema/${kind}.schema.json`;
    expect(text.split('\n')[0]).toBe(`# yaml-language-server: $schema=${schema}`);
    keepsToSchema(kind, text);
  });
});

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(join(root, 'libs')).map((name) => `libs/${name}/README.md`),
];
const examples = pages.flatMap((page) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => ({
    page,
    text,
    kind: (parse(text) as { kind?: string } | null)?.kind,
  })),
);
const whole = examples.filter(({ kind }) => kind === 'DataContract' || kind === 'Metric');

test('there are examples of both kinds', () => {
  expect(new Set(whole.map(({ kind }) => kind))).toEqual(new Set(['DataContract', 'Metric']));
});

test.each(whole)('the $kind of $page is read without a problem', ({ page, kind, text }) => {
  keepsToSchema(kind === 'Metric' ? 'metric' : 'contract', text);
  const besides = whole.filter((example) => example.page === page && example.kind === 'DataContract');
  const own = besides.flatMap((example) => parseContract(example.text, page).contract ?? []);
  const { problems } =
    kind === 'Metric' ? parseMetric(text, page, [...own, ...contracts]) : parseContract(text, page);
  expect(problems.map(formatProblem)).toEqual([]);
});

function keepsToSchema(kind: string, text: string): void {
  const validate = validators.get(kind)!;
  validate(parse(text));
  expect(validate.errors ?? []).toEqual([]);
}

function problemsOfMetric(text: string): readonly CatalogueProblem[] {
  if (!text.includes('metric: one')) return parseMetric(text, 'x', contracts).problems;
  const parts = ['one', 'two'].map((name) => ({
    ...metrics[0]!,
    name,
    dimensions: [{ name: 'region', field: 'region' }],
  }));
  return parseRatio(text, 'x', { metrics: parts, ratios: new Map() }).problems;
}

type Place = readonly (string | number)[];

/** Places of all maps in a file. */
function placesOf(value: unknown, place: Place = []): Place[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => placesOf(item, [...place, index]));
  if (typeof value !== 'object' || value === null) return [];
  return [place, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...place, key]))];
}

function at(value: unknown, place: Place): object {
  return place.reduce<unknown>(
    (found, step) => (found as Record<string | number, unknown>)[step],
    value,
  ) as object;
}

/** Keys that the schema allows in each map, by place; inside of filters, which nest without end, two deep. */
function keysByPlace(schema: Schema): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const visit = (part: Schema, path: string, filters: number): void => {
    const depth = referredTo(part) === 'Filter' ? filters + 1 : filters;
    if (depth > 3) return;
    for (const form of alternatives(part, schema)) {
      if (form.items !== undefined) visit(form.items, path === '' ? '[]' : `${path}.[]`, depth);
      if (form.properties === undefined) continue;
      found.set(path, new Set([...(found.get(path) ?? []), ...Object.keys(form.properties)]));
      for (const [key, child] of Object.entries(form.properties))
        visit(child, path === '' ? key : `${path}.${key}`, depth);
    }
  };
  visit(schema, '', 0);
  return found;
}
