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

/** Log time of every sample record: 2025-02-01T00:00:00Z. */
export const LOG_TIME_MS = 1_738_368_000_000;

const HEAD = 'apiVersion: freshet/v1\nkind: Contract\ntopic: t\nversion: 1\ntitle: T\nowner: o\n';

/** A CloudEvents contract with the usual kinds of fields. */
export const SALES = contract(`name: sales
types: [sales.sold, sales.returned]
fields:
  - { name: customerId, type: string }
  - { name: region, type: string, required: true, values: [north, süd] }
  - { name: campaign, type: string, lowCardinality: true }
  - { name: totalMinor, type: integer, required: true }
  - { name: pieces, type: integer, minimum: 0, maximum: 100 }
  - { name: weight, type: decimal, scale: 3, minimum: -5.5 }
  - { name: gift, type: boolean }
  - { name: city, path: data.address.city, type: string }
  - { name: street, path: data.address.street, type: string }
  - { name: lineSku, path: "data.lines[].sku", type: string, required: true, lowCardinality: true }
  - { name: lineNote, path: "data.lines[].note.text", type: string, required: true }
  - { name: linePrice, path: "data.lines[].price", type: decimal, required: true, scale: 2 }
  - { name: tags, path: "data.tags[]", type: string }
  - { name: deliveredAt, type: timestamp }
`);

/** Plain JSON with a composite id and every way of writing a time. */
export const READINGS = contract(`name: readings
encoding: json
typeField: kind
types: [a, b]
event: { id: [device, sequence], time: at }
fields:
  - { name: device, type: string }
  - { name: sequence, type: integer }
  - { name: kind, type: string }
  - { name: at, type: timestamp, timeFormat: epoch-s }
  - { name: seenAt, type: timestamp, timeFormat: epoch-ms }
  - { name: localAt, type: timestamp, timeFormat: local, timeZone: Europe/London }
  - { name: ok, path: "flags[].ok", type: boolean }
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
    values,
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
          data.kind === 'dictionary' ? data.dictionary.values[data.ids[row] ?? -1] : data.values[row];
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
