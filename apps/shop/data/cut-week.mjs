/**
 * Cuts one week out of UCI Online Retail's CSV (gzip) for replay, unchanged but for the order of columns kept:
 *   node cut-week.mjs online-retail.csv.gz 2011-11-14 > online-retail-week.csv.gz
 * The week runs from that day, 00:00, for seven days.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';

const [file, firstDay] = process.argv.slice(2);
if (!file || !firstDay) throw new Error('usage: node cut-week.mjs <online-retail.csv.gz> <YYYY-MM-DD>');
const end = new Date(Date.parse(`${firstDay}T00:00:00Z`) + 7 * 86_400_000).toISOString().slice(0, 10);
const [header, ...rows] = gunzipSync(readFileSync(file)).toString('utf8').split('\n');
const dayOf = (row) => /,(\d{4}-\d\d-\d\d) \d\d:\d\d:\d\d,/.exec(row)?.[1] ?? '';
const week = rows.filter((row) => dayOf(row) >= firstDay && dayOf(row) < end);
process.stdout.write(gzipSync(`${[header, ...week].join('\n')}\n`, { level: 9 }));
