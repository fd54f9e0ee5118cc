import { describe, expect, it } from 'vitest';

import { ListRows, type ListItem } from './list-rows.js';

const LISTS = {
  text: [['a', ''], [], ['Zürich'], ['x'.repeat(300), 'b', 'c'], [], ['d']],
  number: [[1, -2], [], [2 ** 53 - 1], [0, 5, 6], [], [7]],
  boolean: [[true, false], [], [true], [false, false, true], [], [true]],
} as const;
const KINDS = ['text', 'number', 'boolean'] as const;
const all = (rows: ListRows): (readonly ListItem[])[] =>
  Array.from({ length: rows.length }, (_, row) => rows.at(row));

describe.each(KINDS)('lists of %s', (kind) => {
  const lists: readonly (readonly ListItem[])[] = LISTS[kind];

  it('are read as they were written', () => {
    expect(all(ListRows.of(kind, lists))).toEqual(lists);
  });

  it('the last row may be written again, also when it was left half done', () => {
    const rows = ListRows.of(kind, lists.slice(0, 4));
    rows.put(3, lists[2]!);
    rows.open(4);
    if (kind === 'text') rows.texts.putText(rows.texts.length, 'left');
    else rows.push(1);
    rows.put(4, lists[0]!);
    rows.putEmpty(5);
    expect(all(rows)).toEqual([...lists.slice(0, 3), lists[2], lists[0], []]);
  });

  it.each([[[0, 1, 2]], [[3, 4, 5]], [[1]], [[0, 2, 3, 5]], [[]]])('rows %j are copied', (numbers) => {
    const rows = ListRows.of(kind, [lists[3]!]);
    rows.append(ListRows.of(kind, lists), Int32Array.from([...numbers, 99]), numbers.length);
    rows.put(rows.length, lists[0]!);
    expect(all(rows)).toEqual([lists[3], ...numbers.map((row) => lists[row]), lists[0]]);
  });

  it('begins anew', () => {
    const rows = ListRows.of(
      kind,
      Array.from({ length: 500 }, () => lists[3]!),
    );
    rows.reset(2);
    rows.put(0, lists[0]!);
    expect(all(rows)).toEqual([lists[0]]);
  });
});
