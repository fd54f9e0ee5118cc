/** A table as it should be; `migrate` makes it so. */
export interface Table {
  /** With database, e.g. `freshet.ledger_log`. */
  readonly name: string;
  readonly comment: string;
  readonly columns: readonly TableColumn[];
  /** Skip indexes, as in CREATE TABLE. */
  readonly indexes?: readonly string[];
  readonly engine: string;
  readonly partitionBy?: string;
  readonly orderBy: string;
  readonly retention?: TableRetention;
  /** Of the table's engine, by name. */
  readonly settings?: Readonly<Record<string, number>>;
}

/** Rows are deleted so many days after a time. */
export interface TableRetention {
  readonly time: string;
  readonly days: number;
  /** Condition of the rows that are deleted; absent: all. */
  readonly where?: string;
}

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  /** DEFAULT or EPHEMERAL clause. */
  readonly clause?: string;
  readonly comment: string;
}

export function createTableSql(table: Table): string {
  const { name, columns, indexes = [], engine, partitionBy, orderBy, comment } = table;
  return [
    `CREATE TABLE IF NOT EXISTS ${name} (`,
    [...columns.map(columnSql), ...indexes.map((index) => `INDEX ${index}`)]
      .map((line) => `  ${line}`)
      .join(',\n'),
    `) ENGINE = ${engine}`,
    ...(partitionBy === undefined ? [] : [`PARTITION BY ${partitionBy}`]),
    `ORDER BY ${orderBy}`,
    ...(table.retention === undefined ? [] : [`TTL ${ttlSql(table.retention)}`]),
    ...(table.settings === undefined ? [] : [`SETTINGS ${settingsSql(table.settings).join(', ')}`]),
    `COMMENT ${text(comment)}`,
  ].join('\n');
}

/** As the store writes them, too. */
export function settingsSql(settings: Readonly<Record<string, number>>): string[] {
  return Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
}

export function columnSql({ name, type, clause = '', comment }: TableColumn): string {
  return `${quoted(name)} ${type} ${clause} COMMENT ${text(comment)}`.replace('  ', ' ');
}

export function ttlSql({ time, days, where }: TableRetention): string {
  return `toDateTime(${time}) + toIntervalDay(${days})${where === undefined ? '' : ` WHERE ${where}`}`;
}

/** A text literal. */
export function text(value: string): string {
  return `'${value.replace(/[\\']/g, (character) => `\\${character}`)}'`;
}

/**
 * A table's name without database and quotes, as system.tables has it: asked for by database and name it looks at that
 * table only, and by anything made of the two at every table of the store (70 ms instead of 6).
 */
export function bareName(table: string): string {
  return table.slice(table.indexOf('.') + 1).replaceAll('`', '');
}

/** A quoted identifier. */
export function quoted(name: string): string {
  return `\`${name.replace(/[\\`]/g, (character) => `\\${character}`)}\``;
}
