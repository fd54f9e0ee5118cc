import { describe, expect, it } from 'vitest';

import { TextRows } from './text-rows.js';

/** Lengths on both sides of where the prefix grows, and of where copying changes. */
const TEXTS = ['', 'a', 'Zürich', '🙂', 'x'.repeat(40), 'x'.repeat(41), ...around(127), ...around(16_383)];

describe('texts as bytes', () => {
  it('are read as they were written, whatever their length', () => {
    const rows = TextRows.of(TEXTS);
    expect(rows.length).toBe(TEXTS.length);
    expect(TEXTS.map((_, row) => rows.at(row))).toEqual(TEXTS);
    const bytes = Buffer.from(rows.utf8);
    expect(TEXTS.map((_, row) => bytes.toString('utf8', rows.textStart(row), rows.textEnd(row)))).toEqual(
      TEXTS,
    );
  });

  it('the last row may be written again, shorter or longer', () => {
    const rows = TextRows.of(['one', 'two']);
    rows.putText(1, 'x'.repeat(500));
    rows.putEmpty(1);
    rows.put(2, Buffer.from('<three>'), 1, 6);
    expect([0, 1, 2].map((row) => rows.at(row))).toEqual(['one', '', 'three']);
  });

  it.each([[[0, 1, 2]], [[3, 4, 5, 6]], [[1]], [[0, 2, 3, 7]], [[]]])('rows %j are copied', (numbers) => {
    const rows = TextRows.of(['kept']);
    rows.append(TextRows.of(TEXTS), Int32Array.from([...numbers, 99]), numbers.length);
    rows.putText(rows.length, 'after');
    const expected = ['kept', ...numbers.map((row) => TEXTS[row]), 'after'];
    expect(Array.from({ length: rows.length }, (_, row) => rows.at(row))).toEqual(expected);
  });

  it('begins anew', () => {
    const rows = TextRows.of(['x'.repeat(2 * 1024 * 1024), 'b']);
    rows.reset(4);
    rows.putText(0, 'c');
    expect([rows.length, rows.at(0)]).toEqual([1, 'c']);
  });
});

function around(length: number): string[] {
  return [length - 1, length, length + 1].map((each) => 'y'.repeat(each));
}
