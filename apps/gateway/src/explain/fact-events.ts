import { factColumns, type Classification, type Contract, type FactColumn } from '@freshet/contracts';
import type { User } from '@freshet/live-hub';
import type { EventColumn, ExplainedEvent } from '@freshet/live-protocol';

/** What a role may see of an event, by its classification: viewers nothing confidential, operators nothing personal. */
const SEEN: Readonly<Record<User['role'], readonly Classification[]>> = {
  viewer: ['public', 'internal'],
  operator: ['public', 'internal', 'confidential'],
  admin: ['public', 'internal', 'confidential', 'personal'],
};

interface ShownColumn extends EventColumn {
  readonly fact: FactColumn;
}

/** Row of `eventsSql`. */
export interface EventRow {
  readonly incarnation: number;
  readonly partition: number;
  readonly offset: number | string;
  readonly log_time_ms: number | string;
  readonly event_time_ms: number | string;
  readonly shown: readonly (string | null)[];
}

/** Columns of a contract's events as a user may see them: masked values are not even read. Lists are left out. */
export function shownColumns(contract: Contract, user: User): readonly ShownColumn[] {
  return factColumns(contract)
    .filter(({ field }) => field.each === undefined)
    .map((fact) => ({
      name: fact.field.name,
      classification: fact.field.classification,
      masked: !SEEN[user.role].includes(fact.field.classification),
      fact,
    }));
}

/**
 * SELECT items of an event: its place, its times, and what may be seen of it, as text.
 * @param of alias of the facts, where what they are joined with has a place, too
 */
export function eventItems(columns: readonly ShownColumn[], of?: string): string {
  const shown = columns.filter(({ masked }) => !masked).map(({ fact }) => `toString(\`${fact.name}\`)`);
  return [
    ...['incarnation', 'partition', 'offset'].map((name) =>
      of === undefined ? name : `${of}.${name} AS ${name}`,
    ),
    'toUnixTimestamp64Milli(log_time) AS log_time_ms',
    'toUnixTimestamp64Milli(event_time) AS event_time_ms',
    `[${shown.join(', ')}]::Array(Nullable(String)) AS shown`,
  ].join(', ');
}

export function toEvent(row: EventRow, columns: readonly ShownColumn[]): ExplainedEvent {
  const shown = [...row.shown];
  return {
    incarnation: row.incarnation,
    partition: row.partition,
    offset: Number(row.offset),
    logTimeMs: Number(row.log_time_ms),
    eventTimeMs: Number(row.event_time_ms),
    values: columns.map((column) => (column.masked ? null : typed(shown.shift() ?? null, column.fact))),
  };
}

/** The columns without what only the reader of the store needs. */
export function toColumns(columns: readonly ShownColumn[]): EventColumn[] {
  return columns.map(({ name, classification, masked }) => ({ name, classification, masked }));
}

function typed(text: string | null, { field }: FactColumn): string | number | boolean | null {
  if (text === null) return null;
  if (field.type === 'integer') return Number(text);
  if (field.type === 'decimal') return Number(text) / 10 ** (field.scale ?? 0);
  if (field.type === 'boolean') return text === 'true' || text === '1';
  return text;
}
