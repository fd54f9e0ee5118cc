/**
 * A contract is a topic's promise: which messages it carries, what their fields mean, who owns them.
 * It is read from one YAML file a topic and is immutable once loaded.
 */

export type Classification = 'public' | 'internal' | 'confidential' | 'personal';

/**
 * How a field's values are kept.
 * - `string`: text; `lowCardinality` fields are interned (dimensions, enumerations)
 * - `integer`: a safe integer, |v| ≤ 1e14, so that a chunk's sum fits 64 bits; money is one, in minor units
 * - `decimal`: a decimal number or string turned exactly into an integer of 10^-scale units
 * - `boolean`
 * - `timestamp`: kept as epoch milliseconds UTC
 */
export type FieldType = 'string' | 'integer' | 'decimal' | 'boolean' | 'timestamp';

/** How a timestamp is written in the message. `local` needs `timeZone` (IANA). */
export type TimeFormat = 'iso' | 'epoch-s' | 'epoch-ms' | 'local';

export interface ContractField {
  /** Column name in the fact table and name in metric definitions: lowerCamelCase as in the message. */
  readonly name: string;
  /** Keys from the message's root to the value, e.g. `['data', 'totalMinor']`. */
  readonly path: readonly string[];
  /** Keys below each element when the value at `path` is an array (e.g. `['sku']`); absent for scalars. */
  readonly each?: readonly string[];
  readonly type: FieldType;
  readonly required: boolean;
  /** Low-cardinality text is interned and stored as LowCardinality(String). */
  readonly lowCardinality: boolean;
  /** Allowed values; another one makes the message invalid (`enum`). Empty: anything. */
  readonly values: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Decimal places kept by `decimal`. */
  readonly scale?: number;
  readonly timeFormat?: TimeFormat;
  readonly timeZone?: string;
  /** Name of the field that holds the ISO 4217 currency of this amount: it may then never be summed across it. */
  readonly currencyField?: string;
  readonly classification: Classification;
  readonly description: string;
}

/** Where reading starts for a topic that the ledger does not know yet. */
export type StartPosition = 'earliest' | 'latest' | { readonly timeMs: number };

/**
 * The newest record of each key is all that counts, so the topic may be compacted: a key without a value is deleted.
 * Nothing can be counted over it; dimensions are mapped by it.
 */
export interface ReferenceData {
  /** Required text or integer field whose text is the record's key. */
  readonly key: string;
}

export interface Contract {
  /** Short name, `[a-z][a-z0-9_]*`: the fact table is `<name>_log`, the analysts' view `<name>`. */
  readonly name: string;
  /** Kafka topic. */
  readonly topic: string;
  readonly version: string;
  readonly title: string;
  readonly description: string;
  /** Team that owns the topic. */
  readonly owner: string;
  /** Where the message is not CloudEvents, every path starts at its root. */
  readonly encoding: 'cloudevents' | 'json';
  /** CloudEvents `type` values (or values of `typeField`) that are accepted; others are `ignored(unknown_type)`. Empty: all. */
  readonly types: readonly string[];
  /** Field that holds the type; `type` for CloudEvents. */
  readonly typeField?: string;
  /** Names of the fields that together identify an event. */
  readonly eventId: readonly string[];
  /** Name of the timestamp field with the event's time; absent in reference data that has none: the record's log time. */
  readonly eventTime?: string;
  /** Present where the topic is reference data: records are values by key, not events. */
  readonly reference?: ReferenceData;
  readonly start: StartPosition;
  /** A longer silence than this is a source alert. */
  readonly maxSilenceMs: number;
  /** A larger share of events, 0..1, that come too late for their windows over so long is a source alert. */
  readonly late: { readonly share: number; readonly overMs: number };
  /** Every column of the fact table besides the log's own attributes, in order. */
  readonly fields: readonly ContractField[];
  /** Path of the file that it came from, relative to the catalogue. */
  readonly file: string;
  /** Hash over everything that changes what is decoded (32 hex digits). */
  readonly hash: string;
}
