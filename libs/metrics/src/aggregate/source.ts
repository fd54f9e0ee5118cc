import type { Contract, ContractField } from '@freshet/contracts';
import { fieldOf, passes, storedBound, storedValue, type Leaf } from '../filter-values.js';
import { deriveOf } from '../dimension-values.js';
import type { Dimension, Filter, MetricDefinition } from '../metric.js';
import { closingMsOf, paneMsOf, storedDimensionsOf } from '../session-panes.js';
import { slotsOf, type MeasurePart } from '../slots.js';

/** Readable source of one contract's aggregation loop, and the tests that it calls by number. */
export interface AggregatorSource {
  /** Body of a function of (runtime, tests, slots, derive) that returns a factory of the loop's parts. */
  readonly text: string;
  readonly tests: readonly ((value: string) => boolean)[];
  readonly derive: readonly ((text: string) => string)[];
}

/**
 * Writes the loop for all metrics of one contract: one pass over the counted rows; columns, panes, keys and
 * series that metrics have in common are read once a row. Text filters become one look-up by dictionary id.
 */
export function aggregatorSource(
  definitions: readonly MetricDefinition[],
  contract: Contract,
): AggregatorSource {
  return new Writer(contract).write(definitions);
}

/** Name of a metric's cells, and of what belongs to a field, in the generated code. */
const cellsName = (definition: MetricDefinition): string => `${definition.name}_cells`;

class Writer {
  /** Declarations that live as long as the chunk. */
  private readonly chunk: string[] = [];
  /** Declarations a segment. */
  private readonly segment: string[] = [];
  /** Declarations a row. */
  private readonly row: string[] = [];
  private readonly body: string[] = [];
  private readonly known = new Set<string>();
  private readonly tests: ((value: string) => boolean)[] = [];
  private readonly derive: ((text: string) => string)[] = [];
  private readonly derivations: string[] = [];

  constructor(private readonly contract: Contract) {}

  write(definitions: readonly MetricDefinition[]): AggregatorSource {
    definitions.forEach((definition, index) => this.metric(definition, index));
    const metrics = definitions.map(
      (definition, index) =>
        `    { index: ${index}, cells: ${cellsName(definition)}, panes: ${this.panes(definition)}, ` +
        `describe: ${this.describe(definition)} },`,
    );
    const text = [
      `// ${this.contract.name}: ${definitions.map(({ name }) => name).join(', ')}`,
      `const { FieldKeys, DictionaryTest, DictionaryHashes, Panes, PairTable, Cells, TextHasher, bucketOf } = runtime;`,
      `return function openChunk() {`,
      ...indent(1, this.chunk),
      `  function accumulate({ block, rows, count, frontiersMs, offsets }) {`,
      `    const times = block.eventTimesMs;`,
      ...indent(2, this.segment),
      `    for (let i = 0; i < count; i++) {`,
      `      const row = rows[i];`,
      `      const time = times[row];`,
      ...indent(3, this.row),
      ...indent(3, this.body),
      `    }`,
      `  }`,
      `  return { accumulate, metrics: [`,
      ...metrics,
      `  ] };`,
      `};`,
    ].join('\n');
    return { text, tests: this.tests, derive: this.derive };
  }

  private metric(definition: MetricDefinition, index: number): void {
    const cells = cellsName(definition);
    const panes = this.panes(definition);
    this.chunk.push(`const ${cells} = new Cells(slots[${index}], ${definition.maxSeries});`);
    const { watermarkDelayMs, allowedMs } = definition.lateness;
    const { parts, sums, extremes, lasts, span } = slotsOf(definition);
    const series = this.series(storedDimensionsOf(definition));
    const fold = definition.dimensions.find(({ name }) => name === definition.currencyDimension);
    const foldKey = fold === undefined ? '0' : this.key(fold);
    const { window } = definition;
    const end = window.session === undefined ? `${panes}_end` : `time + ${closingMsOf(window)}`;
    const block = [
      ...series.prepare,
      `const cell = ${cells}.cell(${panes}_number, ${series.name}, ${foldKey});`,
      `${cells}.events[cell]++;`,
      // Late: the pane's end + allowed lateness ≤ frontier - watermark delay; of sessions the event's own moment.
      `if (${end} + ${allowedMs + watermarkDelayMs} <= frontiersMs[i]) ${cells}.late[cell]++;`,
      ...(span === undefined
        ? []
        : [
            keepExtreme(`${cells}.extremes[${at('cell', extremes, span.first)}]`, '<=', 'time'),
            keepExtreme(`${cells}.extremes[${at('cell', extremes, span.last)}]`, '>=', 'time'),
          ]),
      ...parts.flatMap((part) => this.part(part, cells, { sums, extremes, lasts })),
    ];
    this.body.push(`// ${definition.name}`);
    const condition = definition.filter ? this.filter(definition.filter) : undefined;
    this.body.push(condition === undefined ? `{` : `if (${condition}) {`, ...indent(1, block), `}`);
  }

  /** Numbers the pane of each row; shared by metrics with panes of equal length. */
  private panes({ window }: MetricDefinition): string {
    const paneMs = paneMsOf(window);
    const name = `panes${paneMs}`;
    this.once(name, () => {
      this.chunk.push(`const ${name} = new Panes(${paneMs});`);
      this.row.push(
        `const ${name}_number = ${name}.of(time);`,
        `const ${name}_end = ${name}.starts[${name}_number] + ${paneMs};`,
      );
    });
    return name;
  }

  /** Statements that make the series number of a row, and its name. */
  private series(dimensions: readonly Dimension[]): { prepare: string[]; name: string } {
    if (dimensions.length === 0) return { prepare: [], name: '0' };
    const prepare = dimensions.map((dimension) => this.prepareKey(dimension)).filter((line) => line !== '');
    let name = this.key(dimensions[0]!);
    for (let length = 2; length <= dimensions.length; length++) {
      const joined = this.joined(dimensions.slice(0, length));
      const table = `pairs_${joined}`;
      const left = name;
      name = `series_${joined}`;
      this.once(table, () => {
        this.chunk.push(`const ${table} = new PairTable();`);
        this.row.push(`let series_${joined} = -1;`);
      });
      prepare.push(
        `if (${name} < 0) ${name} = ${table}.intern(${left}, ${this.key(dimensions[length - 1]!)});`,
      );
    }
    return { prepare, name };
  }

  /** Name of a dimension's values in the code: its field, and which derivation where it has one. */
  private ofDimension(dimension: Dimension): string {
    const { field, by } = dimension;
    if (deriveOf(dimension) === undefined) return field;
    const text = JSON.stringify([field, by]);
    if (!this.derivations.includes(text)) this.derivations.push(text);
    return `${field}_by${this.derivations.indexOf(text)}`;
  }

  private joined(dimensions: readonly Dimension[]): string {
    return dimensions.map((dimension) => this.ofDimension(dimension)).join('_');
  }

  private key(dimension: Dimension): string {
    return `key_${this.ofDimension(dimension)}`;
  }

  /** Statement that makes a dimension's key in this row, unless a metric before has made it. */
  private prepareKey(dimension: Dimension): string {
    const field = fieldOf(this.contract, dimension.field);
    const keys = `keys_${this.ofDimension(dimension)}`;
    const column = this.column(field);
    const key = this.key(dimension);
    this.once(keys, () => {
      const derive = deriveOf(dimension);
      const by = derive === undefined ? '' : `derive[${this.derive.push(derive) - 1}]`;
      const note = derive === undefined ? '' : ` // ${dimension.name}, by ${dimension.by!.kind}`;
      this.chunk.push(`const ${keys} = new FieldKeys(${by});${note}`);
      this.row.push(`let ${key} = -1;`);
      if (column.isDictionary) {
        this.segment.push(`const ${keys}_cache = ${keys}.cacheFor(${column.data}.dictionary);`);
      }
    });
    if (column.isDictionary) {
      return (
        `if (${key} < 0 && (${key} = ${keys}_cache[${column.value}]) < 0) ` +
        `${key} = ${keys}.learn(${column.value});`
      );
    }
    const text =
      field.type === 'string'
        ? column.value
        : field.type === 'boolean'
          ? `(${column.value} === 1 ? 'true' : 'false')`
          : `String(${column.value})`;
    const value = column.absent === undefined ? text : `(${column.absent} ? '' : ${text})`;
    return `if (${key} < 0) ${key} = ${keys}.key(${value});`;
  }

  /** Function from a series number to the values of the dimensions. */
  private describe(definition: MetricDefinition): string {
    const { currencyDimension } = definition;
    const dimensions = storedDimensionsOf(definition);
    const fold = dimensions.findIndex(({ name }) => name === currencyDimension);
    const keys = dimensions.map((dimension) => `keys_${this.ofDimension(dimension)}.values`);
    const tables = dimensions.slice(1).map((_, at) => `pairs_${this.joined(dimensions.slice(0, at + 2))}`);
    return `runtime.describer([${keys.join(', ')}], [${tables.join(', ')}], ${fold})`;
  }

  private part(
    { measure, slots }: MeasurePart,
    cells: string,
    widths: { sums: number; extremes: number; lasts: number },
  ): string[] {
    const conditions = measure.where ? [this.filter(measure.where)] : [];
    const column = 'field' in measure ? this.column(fieldOf(this.contract, measure.field)) : undefined;
    if (column?.absent !== undefined) conditions.push(`!(${column.absent})`);
    const value = column?.value ?? '';
    const sumAt = (slot: number): string => at('cell', widths.sums, slot);
    const lines: string[] = [];
    switch (slots.kind) {
      case 'count':
      case 'sessions':
        lines.push(`${cells}.low[${sumAt(slots.sum)}]++;`);
        break;
      case 'sum':
        lines.push(`${cells}.add(${sumAt(slots.sum)}, ${value});`);
        break;
      case 'avg':
        lines.push(`${cells}.add(${sumAt(slots.sum)}, ${value});`, `${cells}.low[${sumAt(slots.count)}]++;`);
        break;
      case 'min':
      case 'max': {
        const extreme = `${cells}.extremes[${at('cell', widths.extremes, slots.extreme)}]`;
        lines.push(keepExtreme(extreme, slots.kind === 'min' ? '<=' : '>=', value));
        break;
      }
      case 'last':
        lines.push(
          `${cells}.keepLast(${at('cell', widths.extremes, slots.extreme)}, ` +
            `${at('cell', widths.lasts, slots.last)}, time, offsets[i], ${value});`,
        );
        break;
      case 'distinct':
        lines.push(...this.hash((measure as { field: string }).field, cells));
        break;
      case 'quantile':
        lines.push(`${cells}.histograms.add(cell, bucketOf(${value}));`);
        break;
      case 'duration':
        // Made at read of the first and the last event.
        break;
    }
    return conditions.length === 0 || lines.length === 0
      ? lines
      : [`if (${conditions.join(' && ')}) {`, ...indent(1, lines), `}`];
  }

  private hash(name: string, cells: string): string[] {
    const field = fieldOf(this.contract, name);
    const column = this.column(field);
    if (column.isDictionary) {
      const hashes = `hashes_${name}`;
      this.once(hashes, () => {
        this.chunk.push(`const ${hashes} = new DictionaryHashes();`);
        this.segment.push(`${hashes}.use(${column.data}.dictionary);`);
      });
      return [
        `${hashes}.ensure(${column.value});`,
        `${cells}.hashes.add(cell, ${hashes}.highs[${column.value}], ${hashes}.lows[${column.value}]);`,
      ];
    }
    this.once('hasher', () => this.chunk.push(`const hasher = new TextHasher();`));
    const made =
      field.type === 'string' ? `hashRow(${field.name}_values, row)` : `hash(String(${column.value}))`;
    return [`const hash = hasher.${made};`, `${cells}.hashes.add(cell, hash.high, hash.low);`];
  }

  /** Condition on the current row. Absent values pass nothing but a `not`. */
  private filter(filter: Filter): string {
    switch (filter.kind) {
      case 'not':
        return `!(${this.filter(filter.filter)})`;
      case 'all':
      case 'any': {
        const conditions = filter.filters.map((each) => `(${this.filter(each)})`);
        if (conditions.length === 0) return filter.kind === 'all' ? 'true' : 'false';
        return conditions.join(filter.kind === 'all' ? ' && ' : ' || ');
      }
      case 'exists': {
        const { absent } = this.column(fieldOf(this.contract, filter.field));
        return absent === undefined ? 'true' : `!(${absent})`;
      }
      default:
        return this.leaf(filter);
    }
  }

  private leaf(leaf: Leaf): string {
    const field = fieldOf(this.contract, leaf.field);
    const column = this.column(field);
    const present = column.absent === undefined ? '' : `!(${column.absent}) && `;
    if (column.isDictionary) {
      const key = `test:${JSON.stringify(leaf)}`;
      let name = this.testNames.get(key);
      if (name === undefined) {
        name = `test${this.tests.length}`;
        this.testNames.set(key, name);
        this.chunk.push(`const ${name} = new DictionaryTest(tests[${this.tests.length}]); // ${words(leaf)}`);
        this.segment.push(`const ${name}_cache = ${name}.cacheFor(${column.data}.dictionary);`);
        this.tests.push((value) => passes(leaf, field, value));
      }
      return `${present}(${name}_cache[${column.value}] || ${name}.learn(${column.value})) === 2`;
    }
    return `${present}${scalarTest(leaf, field, column.value)}`;
  }
  private readonly testNames = new Map<string, string>();

  /** Expressions for a field's value in the current row; dictionary columns give ids. */
  private column(field: ContractField): {
    value: string;
    data: string;
    absent: string | undefined;
    isDictionary: boolean;
  } {
    const index = this.contract.fields.indexOf(field);
    const isDictionary = field.type === 'string' && field.lowCardinality;
    const data = `${field.name}_data`;
    this.once(data, () => {
      this.segment.push(`const ${data} = block.columns[${index}].data;`);
      this.segment.push(`const ${field.name}_values = ${isDictionary ? `${data}.ids` : `${data}.values`};`);
      if (!field.required) this.segment.push(`const ${field.name}_absent = block.columns[${index}].absent;`);
    });
    return {
      value: `${field.name}_values${field.type === 'string' && !isDictionary ? '.at(row)' : '[row]'}`,
      data,
      absent: field.required ? undefined : `${field.name}_absent[row] === 1`,
      isDictionary,
    };
  }

  private once(name: string, declare: () => void): void {
    if (this.known.has(name)) return;
    this.known.add(name);
    declare();
  }
}

function scalarTest(leaf: Leaf, field: ContractField, value: string): string {
  const literal = (wanted: string | number | boolean): string => {
    const stored = storedValue(field, wanted);
    return JSON.stringify(typeof stored === 'boolean' ? Number(stored) : stored);
  };
  switch (leaf.kind) {
    case 'equals':
      return `${value} === ${literal(leaf.value)}`;
    case 'in':
      return `(${leaf.values.map((wanted) => `${value} === ${literal(wanted)}`).join(' || ') || 'false'})`;
    case 'prefix':
      return `${value}.startsWith(${JSON.stringify(leaf.prefix)})`;
    case 'range': {
      const bounds = [];
      if (leaf.from !== undefined) bounds.push(`${value} >= ${storedBound(field, leaf.from)}`);
      if (leaf.to !== undefined) bounds.push(`${value} < ${storedBound(field, leaf.to)}`);
      return bounds.join(' && ') || 'true';
    }
  }
}

/** The test in a comment: no line end can leave it. */
function words(leaf: Leaf): string {
  return JSON.stringify(leaf).replace(/[\u2028\u2029]/g, ' ');
}

/** Not-a-number stands for none, and every comparison with it is false. */
function keepExtreme(extreme: string, holds: '<=' | '>=', value: string): string {
  return `if (!(${extreme} ${holds} ${value})) ${extreme} = ${value};`;
}

function at(cell: string, width: number, slot: number): string {
  const base = width === 1 ? cell : `${cell} * ${width}`;
  return slot === 0 ? base : `${base} + ${slot}`;
}

function indent(levels: number, lines: readonly string[]): string[] {
  return lines.map((line) => '  '.repeat(levels) + line);
}
