import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { type Position, type ProblemList } from './problem.js';

export type YamlScalar = string | number | boolean | null;

interface Located extends Position {
  /** Keys from the root, for messages: `fields[2].type`; empty for the root. */
  readonly path: string;
}
export interface YamlMap extends Located {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, YamlEntry>;
}
export interface YamlEntry {
  /** Where the key stands. */
  readonly key: Position;
  readonly value: YamlValue;
}
export interface YamlList extends Located {
  readonly kind: 'list';
  readonly items: readonly YamlValue[];
}
export interface YamlLeaf extends Located {
  readonly kind: 'scalar';
  readonly value: YamlScalar;
  /** As written: `1.0` where the value is 1. */
  readonly text: string;
}
/** A YAML value that knows where it stands in its file. */
export type YamlValue = YamlMap | YamlList | YamlLeaf;

const MAX_FILE_LENGTH = 1_000_000;
const MAX_DEPTH = 32;

/**
 * Reads one YAML document (YAML 1.2 core schema: `no` is a text). Returns undefined when the file is not
 * one well-formed document; every reason is in `problems`. Anchors, aliases, tags and keys that are not text
 * are refused: a definition should read the same everywhere.
 */
export function readYaml(text: string, problems: ProblemList): YamlValue | undefined {
  if (text.length > MAX_FILE_LENGTH) {
    problems.add(
      START,
      'the file is longer than 1,000,000 characters',
      'Split it: one contract or metric a file.',
    );
    return undefined;
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const at = (offset: number): Position => {
    const found = lines.linePos(offset);
    return { line: Math.max(1, found.line), column: Math.max(1, found.col) };
  };
  for (const error of [...document.errors, ...document.warnings]) {
    problems.add(
      at(error.pos[0]),
      `not valid YAML: ${firstLine(error.message)}`,
      'Correct the syntax at this place.',
    );
  }
  if (document.errors.length > 0 || document.warnings.length > 0) return undefined;
  if (document.contents === null) {
    problems.add(START, 'the file is empty', 'Write the definition or remove the file.');
    return undefined;
  }
  const converter = new Converter(at, problems);
  const value = converter.convert(document.contents, '', 0);
  return converter.failed ? undefined : value;
}

const START: Position = { line: 1, column: 1 };

class Converter {
  failed = false;

  constructor(
    private readonly at: (offset: number) => Position,
    private readonly problems: ProblemList,
  ) {}

  convert(node: Node, path: string, depth: number): YamlValue {
    const position = this.at(node.range?.[0] ?? 0);
    if (depth > MAX_DEPTH) {
      return this.refuse(position, path, `nesting deeper than ${MAX_DEPTH}`, 'Flatten the definition.');
    }
    if (isAlias(node)) {
      return this.refuse(position, path, 'an alias (*name)', 'Write the value out instead.');
    }
    if (isMap(node)) {
      const entries = new Map<string, YamlEntry>();
      for (const pair of node.items) {
        const key = pair.key as Node | null;
        if (!isScalar(key) || typeof key.value !== 'string') {
          const where = key?.range ? this.at(key.range[0]) : position;
          this.refuse(where, path, 'a key that is not text', 'Put the key in quotes.');
          continue;
        }
        const keyAt = this.at(key.range?.[0] ?? 0);
        const below = path === '' ? key.value : `${path}.${key.value}`;
        const value = pair.value as Node | null;
        entries.set(key.value, {
          key: keyAt,
          value:
            value === null
              ? { kind: 'scalar', ...keyAt, path: below, value: null, text: '' }
              : this.convert(value, below, depth + 1),
        });
      }
      return { kind: 'map', ...position, path, entries };
    }
    if (isSeq(node)) {
      const items = node.items.map((item, index) =>
        this.convert(item as Node, `${path}[${index}]`, depth + 1),
      );
      return { kind: 'list', ...position, path, items };
    }
    const value = isScalar(node) ? node.value : undefined;
    if (
      value === null ||
      typeof value === 'string' ||
      typeof value === 'number' ||
      typeof value === 'boolean'
    ) {
      const source = isScalar(node) && typeof node.source === 'string' ? node.source : String(value ?? '');
      return { kind: 'scalar', ...position, path, value, text: typeof value === 'string' ? value : source };
    }
    return this.refuse(position, path, 'a value that is not plain data', 'Use text, numbers, lists or maps.');
  }

  private refuse(at: Position, path: string, what: string, remedy: string): YamlLeaf {
    this.failed = true;
    this.problems.add(at, `${what} is not accepted here`, remedy);
    return { kind: 'scalar', ...at, path, value: null, text: '' };
  }
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? text).replace(/[.:]\s*$/, '');
}
