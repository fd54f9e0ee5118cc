import type { CatalogueProblem } from '@freshet/contracts';

/** A table of two columns: value by key. */
export type Lookup = Readonly<Record<string, string>>;

/** The whole table is part of the definition, and of every statement over the facts. */
const MAX_ENTRIES = 2_000;
/** One field, in quotes where it holds a comma or a quote (RFC 4180, without line ends in a field). */
const FIELD = /(?:"((?:[^"]|"")*)"|([^",]*))/y;

/**
 * Reads a lookup file: CSV with a header and two columns, key and value. Keys are unique.
 * @param file path shown in problems
 */
export function parseLookup(text: string, file: string): { lookup: Lookup; problems: CatalogueProblem[] } {
  const entries = new Map<string, string>();
  const problems: CatalogueProblem[] = [];
  const wrong = (line: number, message: string, remedy: string): void => {
    if (problems.length < 100) problems.push({ file, line, column: 1, message, remedy });
  };
  text.split(/\r?\n/).forEach((row, index) => {
    if (index === 0 || row.trim() === '') return;
    const fields = fieldsOf(row);
    const [key, value] = fields ?? [];
    if (fields?.length !== 2 || key === undefined || value === undefined || key === '' || value === '') {
      wrong(
        index + 1,
        'expected a key and a value',
        'Write key,value; put quotes around what holds a comma.',
      );
    } else if (entries.has(key))
      wrong(index + 1, `the key "${key}" is there already`, 'Keep one of the two.');
    else entries.set(key, value);
  });
  if (entries.size > MAX_ENTRIES) {
    wrong(1, `${entries.size} entries`, `Keep at most ${MAX_ENTRIES}, or map by a reference topic.`);
  }
  return { lookup: Object.fromEntries(entries), problems };
}

function fieldsOf(row: string): string[] | undefined {
  const fields: string[] = [];
  for (let at = 0; ; at++) {
    FIELD.lastIndex = at;
    const found = FIELD.exec(row);
    if (found === null) return undefined;
    fields.push((found[1]?.replaceAll('""', '"') ?? found[2] ?? '').trim());
    at = FIELD.lastIndex;
    if (at >= row.length) return fields;
    if (row[at] !== ',') return undefined;
  }
}
