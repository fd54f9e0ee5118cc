import { DURATION_FORMAT, parseDurationMs } from '../duration.js';
import { type Position, type ProblemList } from './problem.js';
import { type YamlLeaf, type YamlMap, type YamlValue } from './yaml.js';

/**
 * Typed reading of one map of a definition. Every getter reports what is missing or wrong to the file's
 * problem list and returns undefined then, so that a whole file is checked in one pass; the caller uses
 * nothing of it unless the list stayed empty.
 */
export class Section {
  private constructor(
    readonly map: YamlMap,
    readonly problems: ProblemList,
  ) {}

  /**
   * Opens a map that may hold only the keys of `known`; any other key is reported with the nearest known
   * one. Undefined (and reported) when the value is not a map.
   */
  static open(value: YamlValue, known: readonly string[], problems: ProblemList): Section | undefined {
    if (value.kind !== 'map') {
      problems.add(
        value,
        `${value.path || 'the file'}: expected keys and values, found ${describe(value)}`,
        `Write it as a map with some of: ${known.join(', ')}.`,
      );
      return undefined;
    }
    for (const [key, entry] of value.entries) {
      if (known.includes(key)) continue;
      const place = value.path === '' ? '' : ` in ${value.path}`;
      problems.add(entry.key, `unknown key "${key}"${place}`, `Known keys here: ${known.join(', ')}.`, {
        found: key,
        candidates: known,
      });
    }
    return new Section(value, problems);
  }

  has(key: string): boolean {
    return this.map.entries.has(key);
  }

  value(key: string): YamlValue | undefined {
    return this.map.entries.get(key)?.value;
  }

  /** Where the value of `key` stands, or the section itself when it is absent. */
  at(key: string): Position {
    return this.value(key) ?? this.map;
  }

  /** Reports a problem at the value of `key`. */
  report(
    key: string,
    message: string,
    remedy: string,
    suggestion?: { readonly found: string; readonly candidates: Iterable<string> },
  ): undefined {
    this.problems.add(this.at(key), `${this.pathOf(key)}: ${message}`, remedy, suggestion);
    return undefined;
  }

  /** Required value of any kind. */
  required(key: string): YamlValue | undefined {
    const value = this.value(key);
    if (value !== undefined && !(value.kind === 'scalar' && value.value === null)) return value;
    return this.report(key, 'is missing', `Add "${key}".`);
  }

  /** Required text that is not empty; numbers are taken as written (`version: 1.0`). */
  text(key: string): string | undefined {
    const value = this.required(key);
    return value && this.#text(key, value);
  }

  optionalText(key: string): string | undefined {
    const value = this.value(key);
    return value && this.#text(key, value);
  }

  /** Required text that matches `pattern`; `format` says in words what is expected. */
  name(key: string, pattern: RegExp, format: string): string | undefined {
    const text = this.text(key);
    if (text === undefined || pattern.test(text)) return text;
    return this.report(key, `"${text}" is not ${format}`, `Write ${format}.`);
  }

  optionalNumber(key: string): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (value.kind === 'scalar' && typeof value.value === 'number' && Number.isFinite(value.value)) {
      return value.value;
    }
    return this.report(key, `expected a number, found ${describe(value)}`, 'Write a plain number.');
  }

  /** Whole number in [minimum, maximum]. */
  optionalInteger(key: string, minimum: number, maximum: number): number | undefined {
    const value = this.optionalNumber(key);
    if (value === undefined || (Number.isInteger(value) && value >= minimum && value <= maximum))
      return value;
    return this.report(
      key,
      `${value} is not a whole number from ${minimum} to ${maximum}`,
      'Choose one in that range.',
    );
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.value(key);
    if (value === undefined) return otherwise;
    if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value;
    this.report(key, `expected true or false, found ${describe(value)}`, 'Write true or false.');
    return otherwise;
  }

  /** Required text out of a closed list; with `otherwise`, that is the value of an absent key. */
  oneOf<T extends string>(key: string, allowed: readonly T[], otherwise?: T): T | undefined {
    if (otherwise !== undefined && !this.has(key)) return otherwise;
    const text = this.text(key);
    if (text === undefined) return undefined;
    const found = allowed.find((candidate) => candidate === text);
    if (found !== undefined) return found;
    return this.report(key, `"${text}" is not known`, `Use one of: ${allowed.join(', ')}.`, {
      found: text,
      candidates: allowed,
    });
  }

  /** Duration in milliseconds, see `parseDurationMs`; required unless `otherwiseMs` is given. */
  durationMs(key: string, otherwiseMs?: number): number | undefined {
    if (otherwiseMs !== undefined && !this.has(key)) return otherwiseMs;
    const text = this.text(key);
    if (text === undefined) return undefined;
    const durationMs = parseDurationMs(text);
    return durationMs ?? this.report(key, `"${text}" is not a duration`, `Write ${DURATION_FORMAT}.`);
  }

  /** Items of a list; empty when the key is absent. */
  items(key: string): readonly YamlValue[] {
    const value = this.value(key);
    if (value === undefined) return [];
    if (value.kind === 'list') return value.items;
    this.report(
      key,
      `expected a list, found ${describe(value)}`,
      'Write it as a list: [a, b] or lines with "- ".',
    );
    return [];
  }

  /** Leaves of a list of texts, with their positions; empty when the key is absent. */
  leaves(key: string): readonly YamlLeaf[] {
    const leaves: YamlLeaf[] = [];
    for (const item of this.items(key)) {
      if (item.kind === 'scalar' && item.value !== null && item.text !== '') leaves.push(item);
      else {
        this.problems.add(
          item,
          `${item.path}: expected text, found ${describe(item)}`,
          'Write a plain text.',
        );
      }
    }
    return leaves;
  }

  texts(key: string): readonly string[] {
    return this.leaves(key).map((leaf) => leaf.text);
  }

  /** Required map below `key`. */
  section(key: string, known: readonly string[]): Section | undefined {
    const value = this.required(key);
    return value && Section.open(value, known, this.problems);
  }

  optionalSection(key: string, known: readonly string[]): Section | undefined {
    const value = this.value(key);
    return value && Section.open(value, known, this.problems);
  }

  pathOf(key: string): string {
    return this.map.path === '' ? key : `${this.map.path}.${key}`;
  }

  #text(key: string, value: YamlValue): string | undefined {
    if (value.kind === 'scalar' && value.value !== null && value.text.trim() !== '') return value.text.trim();
    return this.report(key, `expected text, found ${describe(value)}`, 'Write a plain text.');
  }
}

/** What a value is, in words for a message. */
export function describe(value: YamlValue): string {
  if (value.kind === 'map') return 'a map';
  if (value.kind === 'list') return 'a list';
  if (value.value === null) return 'nothing';
  return typeof value.value === 'string' ? `the text "${value.value.slice(0, 60)}"` : value.text;
}
