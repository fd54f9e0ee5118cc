import { parseContract } from '../catalogue/parse-contract.js';
import {
  type DecodedBlock,
  type Decoder,
  IGNORED_REASONS,
  INVALID_REASONS,
  OUTCOME_IGNORED,
  OUTCOME_INVALID,
} from '../block.js';
import { type Contract } from '../contract.js';
import { RecordValues } from '../record-values.js';

/** Log time of every sample record: 2025-02-01T00:00:00Z. */
export const LOG_TIME_MS = 1_738_368_000_000;

const HEAD =
  'apiVersion: freshet/v1\nkind: DataContract\nphysicalName: t\nversion: 1\nbusinessName: T\nowner: o\n';

/** A CloudEvents contract with the usual kinds of fields. */
export const SALES = contract(`name: sales
types: [sales.sold, sales.returned]
properties:
  - { name: customerId, logicalType: string }
  - { name: region, logicalType: string, required: true, enum: [north, süd] }
  - { name: campaign, logicalType: string, lowCardinality: true }
  - { name: totalMinor, logicalType: integer, required: true }
  - { name: pieces, logicalType: integer, logicalTypeOptions: { minimum: 0, maximum: 100 } }
  - { name: weight, logicalType: number, scale: 3, logicalTypeOptions: { minimum: -5.5 } }
  - { name: gift, logicalType: boolean }
  - { name: city, path: data.address.city, logicalType: string }
  - { name: street, path: data.address.street, logicalType: string }
  - { name: lineSku, path: "data.lines[].sku", logicalType: string, required: true, lowCardinality: true }
  - { name: lineNote, path: "data.lines[].note.text", logicalType: string, required: true }
  - { name: linePrice, path: "data.lines[].price", logicalType: number, required: true, scale: 2 }
  - { name: tags, path: "data.tags[]", logicalType: string }
  - { name: deliveredAt, logicalType: timestamp }
`);

/** Plain JSON with a composite id and every way of writing a time. */
export const READINGS = contract(`name: readings
encoding: json
typeField: kind
types: [a, b]
event: { id: [device, sequence], time: at }
properties:
  - { name: device, logicalType: string }
  - { name: sequence, logicalType: integer }
  - { name: kind, logicalType: string }
  - { name: at, logicalType: timestamp, timeFormat: epoch-s }
  - { name: seenAt, logicalType: timestamp, timeFormat: epoch-ms }
  - { name: localAt, logicalType: timestamp, timeFormat: local, logicalTypeOptions: { defaultTimezone: Europe/London } }
  - { name: ok, path: "flags[].ok", logicalType: boolean }
`);

/** Reference data: values by key, without a time. */
export const SHELVES = contract(`name: shelves
encoding: json
reference: { key: shelf }
properties:
  - { name: shelf, logicalType: integer, required: true }
  - { name: label, logicalType: string }
`);

function contract(body: string): Contract {
  const parsed = parseContract(HEAD + body, 'contracts/sample.yaml');
  if (parsed.contract === undefined) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return parsed.contract;
}

export interface RowView {
  readonly outcome: string;
  readonly detail: string | undefined;
  readonly idHash: string;
  readonly eventTimeMs: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Decodes messages and shows every row in full, absent values as undefined. */
export function decodeAll(decoder: Decoder, values: readonly (Uint8Array | null)[]): RowView[] {
  const count = values.length;
  const records = {
    count,
    offsets: Float64Array.from(values, (_, index) => index),
    logTimesMs: new Float64Array(count).fill(LOG_TIME_MS),
    values: RecordValues.of(values),
  };
  return viewRows(decoder.decode(records, 0, count));
}

function viewRows(block: DecodedBlock): RowView[] {
  return Array.from({ length: block.count }, (_, row) => ({
    outcome: outcomeOf(block, row),
    detail: block.details.get(row),
    idHash: [...block.idHash.subarray(row * 4, row * 4 + 4)].map((w) => w.toString(16)).join('-'),
    eventTimeMs: block.eventTimesMs[row] ?? Number.NaN,
    fields: Object.fromEntries(
      block.columns.map(({ name, absent, data }) => {
        const value =
          data.kind === 'dictionary'
            ? data.dictionary.values[data.ids[row] ?? -1]
            : data.kind === 'text' || data.kind === 'list'
              ? data.values.at(row)
              : data.values[row];
        return [name, absent?.[row] === 1 ? { absent: value } : value];
      }),
    ),
  }));
}

function outcomeOf(block: DecodedBlock, row: number): string {
  const reason = block.reasons[row] ?? 0;
  if (block.outcomes[row] === OUTCOME_INVALID) return `invalid ${INVALID_REASONS[reason] ?? reason}`;
  if (block.outcomes[row] === OUTCOME_IGNORED) return `ignored ${IGNORED_REASONS[reason] ?? reason}`;
  return 'ok';
}
