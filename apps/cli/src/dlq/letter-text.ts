import { textTable } from '../operations/text-table.js';
import type { FoundLetter } from './letters.js';

/** Letters by topic and reason, then the newest of them. */
export function letterList(letters: readonly FoundLetter[], limit: number): string {
  if (letters.length === 0) return 'There are no dead letters.';
  const groups = new Map<string, FoundLetter[]>();
  for (const letter of letters) {
    const name = JSON.stringify([letter.source.topic, letter.reason]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [letter]);
    else group.push(letter);
  }
  const summary = textTable(
    ['topic', 'reason', 'letters', 'waiting', 'redriven', 'oldest', 'newest'],
    [...groups.values()]
      .sort((a, b) => b.length - a.length)
      .map((group) => [
        group[0]!.source.topic,
        group[0]!.reason,
        group.length,
        group.filter(({ state }) => state === 'waiting').length,
        group.filter(({ state }) => state === 'sent').length,
        isoTime(group[0]!.logTimeMs),
        isoTime(group.at(-1)!.logTimeMs),
      ]),
  );
  const newest = letters.slice(-limit).reverse();
  return `${summary}\n\n${letterRows(newest)}`;
}

/** One line a letter. */
export function letterRows(letters: readonly FoundLetter[]): string {
  return textTable(
    ['letter', 'time', 'reason', 'state', 'redrives', 'detail'],
    letters.map((each) => [
      each.name,
      isoTime(each.logTimeMs),
      each.reason,
      each.state,
      each.redrives,
      oneLine(each.detail, 80),
    ]),
  );
}

/** Everything about one letter. */
export function letterPage(letter: FoundLetter): string {
  const { source, value, headers, history, at } = letter;
  const lines: [string, string][] = [
    ['letter', letter.name],
    [
      'origin',
      `topic ${source.topic}, life ${source.incarnation}, partition ${source.partition}, offset ${letter.offset}`,
    ],
    ['appended', isoTime(letter.logTimeMs)],
    ['reason', letter.reason],
    ['detail', oneLine(letter.detail, 2_000)],
    ['contract', `version ${letter.contractVersion}`],
    [
      'lies at',
      `${source.topic}.dlq partition ${at.partition} offset ${at.offset}, written ${isoTime(letter.writtenAtMs)}`,
    ],
    ...(letter.originalInStore
      ? [['original', 'kept in the store, too large for the dead letters'] as [string, string]]
      : []),
    ['state', letter.state],
    ['redrives', `${letter.redrives} before this letter`],
    ...history.map(({ step, by, atMs, sentOffset, run }): [string, string] => [
      step,
      `${isoTime(atMs)} by ${by}${sentOffset >= 0 ? `, now at offset ${sentOffset}` : ''}, run ${run}`,
    ]),
    ['key', letter.key === null ? '(none)' : printable(letter.key)],
    ...headers.map(([name, bytes]): [string, string] => [
      'header',
      `${oneLine(name, 200)}: ${printable(bytes)}`,
    ]),
    ['value', value === null ? '(tombstone)' : `${value.byteLength} bytes`],
  ];
  const page = lines.map(([name, text]) => `${name.padEnd(10)}${text}`).join('\n');
  return value === null ? page : `${page}\n${printable(value)}`;
}

const TEXT_BYTES = 64 * 1_024;

/**
 * The first 64 KiB as text when they are printable UTF-8, else a hex dump of the first 4 KiB: nothing can command a
 * terminal, and a record of 10 MB does not flood it.
 */
function printable(bytes: Uint8Array): string {
  const isCut = bytes.byteLength > TEXT_BYTES;
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    // A character that is cut in two at the end is left out.
    const text = decoder.decode(bytes.subarray(0, TEXT_BYTES), { stream: isCut });
    if (!/[^\P{C}\n\t]/u.test(text))
      return isCut
        ? `${text}\n… ${bytes.byteLength - TEXT_BYTES} bytes more (\`--raw\` writes all of them)`
        : text;
  } catch {
    // Not UTF-8: as hex.
  }
  const rows: string[] = [];
  const shown = Math.min(bytes.byteLength, 4_096);
  for (let at = 0; at < shown; at += 16) {
    const row = Buffer.from(bytes.subarray(at, Math.min(at + 16, shown)));
    const hex = row.toString('hex').replace(/../g, '$& ').padEnd(48);
    rows.push(
      `${at.toString(16).padStart(6, '0')}  ${hex} ${row.toString('latin1').replace(/[^ -~]/g, '.')}`,
    );
  }
  if (bytes.byteLength > shown)
    rows.push(`… ${bytes.byteLength - shown} bytes more (\`--raw\` writes all of them)`);
  return rows.join('\n');
}

function isoTime(timeMs: number): string {
  return Number.isNaN(timeMs) ? 'unknown' : new Date(timeMs).toISOString();
}

/** Text of a message on one line, without what could command a terminal. */
function oneLine(text: string, longest: number): string {
  const plain = text.replace(/\p{C}/gu, '·');
  return plain.length > longest ? `${plain.slice(0, longest - 1)}…` : plain;
}
