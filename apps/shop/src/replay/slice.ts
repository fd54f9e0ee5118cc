import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import type { Order, OrderLine } from '../stream/cloud-event.js';
import { regionOf } from '../visitors/regions.js';

export const WEEK_MS = 7 * 86_400_000;

/** One recorded invoice. */
export interface Invoice {
  /** From the start of the week, ms; the data has whole minutes. */
  readonly offsetMs: number;
  readonly cancelled: boolean;
  /** `orderId` is the invoice's number. */
  readonly order: Order;
}

/** The slice that comes with the shop: a week of November 2011 (see data/ATTRIBUTION.md). */
export const RECORDED_WEEK = new URL('../../data/online-retail-week.csv.gz', import.meta.url);

/** Pieces from which an invoice counts as wholesale: the data has no channel. */
const WHOLESALE_PIECES = 100;
const FULL_NAME: Readonly<Record<string, string>> = { EIRE: 'Ireland', RSA: 'South Africa' };

/**
 * Reads recorded invoices, in order of time. The week starts on the Monday of the first invoice. Throws with the
 * row's number for a row that it cannot read.
 */
export function readInvoices(file: URL | string): Invoice[] {
  const rows = gunzipSync(readFileSync(file)).toString('utf8').split('\n').slice(1);
  const byNumber = new Map<
    string,
    { timeMs: number; customer: string; country: string; lines: OrderLine[] }
  >();
  rows.forEach((row, index) => {
    if (row === '') return;
    const [number, sku, description, quantity, time, price, customer, country] = parseRow(row);
    const timeMs = Date.parse(`${time?.replace(' ', 'T')}Z`);
    if (!number || !sku || country === undefined || Number.isNaN(timeMs) || !/^-?\d+$/.test(quantity ?? '')) {
      throw new Error(`Recorded purchases: row ${index + 2} of ${String(file)} cannot be read: ${row}`);
    }
    let invoice = byNumber.get(number);
    if (invoice === undefined) {
      byNumber.set(number, (invoice = { timeMs, customer: customer ?? '', country, lines: [] }));
    }
    invoice.lines.push({
      sku,
      description: description ?? '',
      quantity: Number(quantity),
      unitPriceMinor: minorUnits(price ?? ''),
    });
  });
  const invoices = [...byNumber].map(([number, invoice]) => ({ number, ...invoice }));
  invoices.sort((a, b) => a.timeMs - b.timeMs || (a.number < b.number ? -1 : 1));
  const weekStartMs = mondayOf(invoices[0]?.timeMs ?? 0);
  return invoices.map(({ number, timeMs, customer, country: recorded, lines }) => {
    const country = FULL_NAME[recorded] ?? recorded;
    const pieces = lines.reduce((sum, line) => sum + Math.abs(line.quantity), 0);
    return {
      offsetMs: timeMs - weekStartMs,
      cancelled: number.startsWith('C'),
      order: {
        orderId: number,
        customerId: customer === '' ? null : customer.replace(/\.0$/, ''),
        country,
        region: regionOf(country),
        channel: pieces >= WHOLESALE_PIECES ? 'wholesale' : 'web',
        currency: 'GBP',
        lines,
      },
    };
  });
}

/** Pence of a decimal text with up to two places, exactly; throws for anything else. */
export function minorUnits(decimal: string): number {
  const found = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(decimal);
  if (found === null) throw new Error(`"${decimal}" is not an amount with at most two decimal places`);
  const minor = Number(found[2]) * 100 + Number((found[3] ?? '').padEnd(2, '0'));
  return found[1] === '-' ? -minor : minor;
}

/** Fields of one CSV row: quoted where they hold a comma or a quote, which is then doubled. */
function parseRow(row: string): string[] {
  return [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}

function mondayOf(timeMs: number): number {
  const day = Math.floor(timeMs / 86_400_000);
  return (day - ((day + 3) % 7)) * 86_400_000;
}
