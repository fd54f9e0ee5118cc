import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  compileDecoder,
  OUTCOME_OK,
  parseContract,
  RecordValues,
  type ColumnData,
  type DecodedBlock,
} from '@freshet/contracts';
import { describe, expect, test } from 'vitest';
import {
  absent,
  centavos,
  clickMessage,
  CONTRACTS,
  olistOrders,
  olistPayments,
  orderMessage,
  paymentMessage,
  taobaoClicks,
} from './rows.js';

const NOW_MS = Date.UTC(2025, 0, 31);

/** Reads messages through the decoder that ingest runs for this contract. */
function decode(
  name: string,
  messages: readonly object[],
): { block: DecodedBlock; column: (field: string) => ColumnData } {
  const file = `${name}.yaml`;
  const { contract, problems } = parseContract(readFileSync(join(CONTRACTS, file), 'utf8'), file);
  if (contract === undefined) throw new Error(JSON.stringify(problems));
  const values = messages.map((message) => Buffer.from(JSON.stringify(message)));
  const records = {
    count: values.length,
    values: RecordValues.of(values),
    offsets: values.map((_, index) => index),
    logTimesMs: values.map(() => NOW_MS),
  };
  const decoder = compileDecoder(contract);
  const block = decoder.decode(records, 0, values.length);
  // All of it by the generated scanner.
  expect(decoder.plainCount).toBe(0);
  expect([...block.details.values()]).toEqual([]);
  expect(block.outcomes.subarray(0, block.count).every((outcome) => outcome === OUTCOME_OK)).toBe(true);
  const column = (field: string): ColumnData => {
    const found = block.columns.find((each) => each.name === field);
    if (found === undefined) throw new Error(`no column ${field}`);
    return found.data;
  };
  return { block, column };
}

const differentIds = ({ idHash, count }: DecodedBlock): number =>
  new Set(Array.from({ length: count }, (_, row) => idHash.subarray(row * 4, row * 4 + 4).join('/'))).size;

const numberAt = (data: ColumnData, row: number): number => {
  if (data.kind !== 'number') throw new Error(`a ${data.kind} column`);
  return data.values[row] ?? Number.NaN;
};
const textAt = (data: ColumnData, row: number): string => {
  if (data.kind === 'dictionary') return data.dictionary.values[data.ids[row] ?? 0] ?? '';
  if (data.kind === 'text') return data.values.at(row);
  throw new Error(`a ${data.kind} column`);
};

describe.skipIf(absent !== undefined)(
  `data that was not made for us${absent === undefined ? '' : ` (${absent})`}`,
  () => {
    test('Olist orders: local times of Brazil, before and after its clocks change', () => {
      const rows = olistOrders();
      const { block, column } = decode('olist-orders', rows.map(orderMessage));
      expect(block.count).toBe(rows.length);
      expect(differentIds(block)).toBe(new Set(rows.map((row) => row['order_id'])).size);
      const clock = new Intl.DateTimeFormat('sv-SE', {
        timeZone: 'America/Sao_Paulo',
        dateStyle: 'short',
        timeStyle: 'medium',
      });
      const approved = block.columns.find(({ name }) => name === 'approvedAt');
      const statuses = column('status');
      for (const [row, cells] of rows.entries()) {
        expect(clock.format(block.eventTimesMs[row])).toBe(cells['order_purchase_timestamp']);
        expect(approved?.absent?.[row]).toBe(cells['order_approved_at'] === '' ? 1 : 0);
        expect(textAt(statuses, row)).toBe(cells['order_status']);
      }
    });

    test('Olist payments: a composite id, and decimal strings as exact centavos', () => {
      const rows = olistPayments();
      const { block, column } = decode(
        'olist-payments',
        rows.map((row) => paymentMessage(row, NOW_MS)),
      );
      expect(differentIds(block)).toBe(
        new Set(rows.map((row) => `${row['order_id']} ${row['payment_sequential']}`)).size,
      );
      const values = column('valueMinor');
      let sum = 0n;
      for (const [row, cells] of rows.entries()) {
        expect(BigInt(numberAt(values, row))).toBe(centavos(cells['payment_value'] ?? ''));
        sum += BigInt(numberAt(values, row));
      }
      expect(sum).toBe(rows.reduce((total, row) => total + centavos(row['payment_value'] ?? ''), 0n));
    });

    test('Taobao clicks: seconds, an enumeration, and the whole event as its id', () => {
      const rows = taobaoClicks();
      const { block, column } = decode('taobao-clicks', rows.map(clickMessage));
      const keyOf = (row: Readonly<Record<string, string>>) =>
        [row['user'], row['item'], row['behaviour'], row['ts']].join(' ');
      expect(differentIds(block)).toBe(new Set(rows.map(keyOf)).size);
      const behaviours = column('behaviour');
      for (const [row, cells] of rows.entries()) {
        expect(block.eventTimesMs[row]).toBe(Number(cells['ts']) * 1000);
        expect(textAt(behaviours, row)).toBe(cells['behaviour']);
      }
    });
  },
);
