import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { factColumns } from '../fact-columns.js';
import { loadBusiness } from './business.js';
import { loadContracts } from './load-contracts.js';
import { parseContract } from './parse-contract.js';
import { formatProblem } from './problem.js';
import { loadTeams } from './teams.js';

const CATALOGUE = fileURLToPath(new URL('../../../../catalog', import.meta.url));

const GOOD = `apiVersion: freshet/v1
kind: DataContract
name: orders
physicalName: orders
version: 1.0
businessName: Orders
owner: commerce-team
types: [orders.order_placed]
event: { id: [id], time: time }
maxSilence: 15m
properties:
  - name: totalMinor
    logicalType: integer
    required: true
    currencyField: currency
  - name: currency
    logicalType: string
    enum: [GBP, EUR]
  - name: lineSku
    path: data.lines[].sku
    logicalType: string
`;

/** Problems, one line each, of the good contract with one text replaced. */
function problems(replaced: string, by: string, teams?: string[]): string[] {
  if (!GOOD.includes(replaced)) throw new Error(`not in the sample: ${replaced}`);
  const parsed = parseContract(GOOD.replace(replaced, by), 'contracts/orders.yaml', teams ? { teams } : {});
  expect(parsed.contract === undefined).toBe(parsed.problems.length > 0);
  return parsed.problems.map(formatProblem);
}

describe('a contract', () => {
  it('has every default filled in, and the attributes that CloudEvents implies', () => {
    const { contract } = parseContract(GOOD, 'contracts/orders.yaml');
    expect(contract).toMatchObject({
      version: '1.0',
      encoding: 'cloudevents',
      typeField: 'type',
      eventId: ['id'],
      eventTime: 'time',
      start: 'earliest',
      maxSilenceMs: 900_000,
    });
    expect(
      contract?.fields.map(({ name, path, each }) => [name, [...path, ...(each ?? [])].join('.')]),
    ).toEqual([
      ['id', 'id'],
      ['source', 'source'],
      ['type', 'type'],
      ['time', 'time'],
      ['totalMinor', 'data.totalMinor'],
      ['currency', 'data.currency'],
      ['lineSku', 'data.lines.sku'],
    ]);
    expect(contract && factColumns(contract).map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id String',
      'source LowCardinality(String)',
      'type LowCardinality(String)',
      "time DateTime64(3, 'UTC')",
      'total_minor Int64',
      'currency LowCardinality(Nullable(String))',
      'line_sku Array(String)',
    ]);
  });

  it('says where a mistake is, the nearest valid name and the remedy', () => {
    expect(problems('owner:', 'owmer:')).toEqual([
      'contracts/orders.yaml:1:1: owner: is missing. Add "owner".',
      expect.stringMatching(
        /^contracts\/orders\.yaml:7:1: unknown key "owmer" \(nearest: "owner"\)\. Known keys/,
      ),
    ]);
    expect(problems('logicalType: integer', 'logicalType: integr')[0]).toMatch(
      /orders\.yaml:13:18: properties\[0\]\.logicalType: "integr" is not known \(nearest: "integer"\)\. Use one of: string/,
    );
  });

  it.each([
    ['currencyField: currency', 'currencyField: curency', /:15:20: .*\(nearest: "currency"\)/],
    ['time: time', 'time: tim', /event\.time: "tim" is not a timestamp field \(nearest: "time"\)/],
    ['id: [id]', 'id: [idd]', /:9:15: event\.id: .*\(nearest: "id"\)/],
    ['maxSilence: 15m', 'maxSilence: soon', /"soon" is not a duration/],
    ['data.lines[].sku', 'data.lines[].x[].sku', /is not a path/],
    ['data.lines[].sku', 'data.currency.code', /one lies inside the other/],
    ['data.lines[].sku', 'data.currency', /"currency" already reads data\.currency/],
    ['name: lineSku', 'name: currency', /the name is used twice/],
    ['name: lineSku', 'name: eventTime', /would be the column event_time/],
    ['name: lineSku', 'name: line_sku', /lowerCamelCase/],
    ['name: orders', 'name: orders_log', /taken by the store/],
    ['kind: DataContract', 'kind: Metric', /"Metric" is not known/],
    ['version: 1.0', 'version: 1.0\nversion: 2', /not valid YAML/],
    ['businessName: Orders', 'businessName: &a Orders\ndescription: *a', /an alias/],
    ['businessName: Orders', 'businessName: [', /not valid YAML/],
    ['enum: [GBP, EUR]', 'logicalTypeOptions: { minimum: 3 }', /a string has no "minimum"/],
    ['maxSilence: 15m', 'start: lastest', /is not a start \(nearest: "latest"\)/],
  ])('refuses %s as %s', (replaced, by, expected) => {
    expect(problems(replaced, by).join('\n')).toMatch(expected);
  });

  it('of reference data names the key of its records, which has to be there', () => {
    const reference = 'maxSilence: 15m\nreference: { key: currency }';
    expect(problems('maxSilence: 15m', reference)).toEqual([
      expect.stringMatching(
        /^contracts\/orders\.yaml:11:.*"currency" is not a required text or integer field/,
      ),
    ]);
    const text = GOOD.replace('maxSilence: 15m', reference).replace('enum:', 'required: true\n    enum:');
    const { contract } = parseContract(text, 'x');
    expect(contract).toMatchObject({ reference: { key: 'currency' }, eventTime: 'time' });
    expect(contract?.hash).not.toBe(parseContract(GOOD, 'x').contract?.hash);
    // Plain JSON needs neither an id nor a time of its own.
    const plain = text
      .replace('types: [orders.order_placed]', 'encoding: json')
      .replace('event: { id: [id], time: time }\n', '');
    const { contract: values } = parseContract(plain, 'x');
    expect(values).toMatchObject({ eventId: ['currency'] });
    expect(values).not.toHaveProperty('eventTime');
    expect(parseContract(plain.replace(/reference: .*\n/, ''), 'x').problems).toMatchObject([
      { message: 'event: is missing' },
    ]);
  });

  it('is owned by a team that exists', () => {
    expect(problems('', '', ['commerce-team'])).toEqual([]);
    expect(problems('', '', ['comerce-team'])[0]).toMatch(
      /no team "commerce-team" \(nearest: "comerce-team"\)/,
    );
  });

  it('has a hash that changes with what is decoded and with nothing else', () => {
    const hash = (replaced: string, by: string) =>
      parseContract(GOOD.replace(replaced, by), 'x').contract?.hash;
    const original = hash('', '');
    expect(original).toMatch(/^[0-9a-f]{32}$/);
    expect(hash('businessName: Orders', 'businessName: Purchases\nstart: latest')).toBe(original);
    expect(hash('maxSilence: 15m', 'maxSilence: 1h')).toBe(original);
    expect(hash('required: true', 'required: false')).not.toBe(original);
    expect(hash('[GBP, EUR]', '[GBP]')).not.toBe(original);
    expect(hash('data.lines[].sku', 'data.lines[].article')).not.toBe(original);
  });
});

describe('the catalogue', () => {
  it('of the shop loads without a problem', () => {
    const teams = loadTeams(join(CATALOGUE, 'teams.yaml'));
    expect(teams.problems).toEqual([]);
    expect(loadBusiness(join(CATALOGUE, 'business.yaml')).value?.currency).toBe('GBP');
    const names = (teams.value ?? []).map(({ name }) => name);
    const { contracts, problems } = loadContracts(join(CATALOGUE, 'contracts'), { teams: names });
    expect(problems).toEqual([]);
    expect(contracts.map(({ name }) => name)).toEqual([
      'clickstream',
      'customers',
      'inventory',
      'orders',
      'payments',
      'support',
    ]);
  });

  it('has one contract a topic, and loads nothing of a file with a problem', () => {
    const folder = mkdtempSync(join(tmpdir(), 'contracts-'));
    try {
      writeFileSync(join(folder, 'a.yaml'), GOOD);
      writeFileSync(join(folder, 'b.yaml'), GOOD.replace('name: orders', 'name: orders2'));
      writeFileSync(join(folder, 'c.yaml'), GOOD.replace('kind: DataContract', ''));
      const { contracts, problems } = loadContracts(folder);
      expect(contracts.map(({ name }) => name)).toEqual(['orders']);
      expect(problems.map(({ message }) => message)).toEqual([
        expect.stringMatching(/the topic "orders" is already that of/),
        'kind: is missing',
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('that does not exist is a problem with a remedy', () => {
    expect(loadContracts(join(CATALOGUE, 'nowhere')).problems[0]?.remedy).toMatch(/FRESHET_CATALOG/);
    expect(loadBusiness(join(CATALOGUE, 'nowhere.yaml')).value).toBeUndefined();
  });
});
