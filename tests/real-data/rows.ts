import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** Data sets that may be read for tests but never become part of the project; they lie beside it or are absent. */
const FOLDER = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
export const CONTRACTS = fileURLToPath(new URL('./contracts/', import.meta.url));

/** Why these tests cannot run; undefined: they can. */
export const absent = existsSync(FOLDER) ? undefined : `there is no ${FOLDER}`;

export type Row = Readonly<Record<string, string>>;

/** Rows of a gzip CSV by column. The files have no quoted line breaks. @param columns where the file has no header */
function readRows(file: string, columns?: readonly string[]): Row[] {
  const text = gunzipSync(readFileSync(`${FOLDER}${file}`)).toString('utf8');
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const names = columns ?? (lines.shift() ?? '').split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(
      names.map((name, index) => [name.replaceAll('"', ''), (cells[index] ?? '').replaceAll('"', '')]),
    );
  });
}

export const olistOrders = (): Row[] => readRows('olist/olist_orders_dataset.csv.gz');
export const olistPayments = (): Row[] => readRows('olist/olist_order_payments_dataset.csv.gz');
export const taobaoClicks = (): Row[] =>
  readRows('taobao/user-behavior.csv.gz', ['user', 'item', 'category', 'behaviour', 'ts']);

export const orderMessage = (row: Row): object =>
  Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cell === '' ? null : cell]));
export const paymentMessage = (row: Row, exportedAtMs: number): object => ({
  meta: { exported_at: exportedAtMs, currency: 'BRL' },
  row,
});
export const clickMessage = (row: Row): object => ({ ...row, ts: Number(row['ts']) });

/** Money as a person adds it up: text to a whole number of hundredths. */
export function centavos(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  if (fraction.length > 2) throw new Error(`${text} has more than two places`);
  return BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
}
