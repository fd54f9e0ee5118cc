import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { unreadable } from './files.js';
import { type CatalogueProblem, ProblemList } from './problem.js';
import { Section } from './section.js';
import { readYaml } from './yaml.js';

export interface Loaded<T> {
  /** Absent when there is any problem. */
  readonly value: T | undefined;
  readonly problems: readonly CatalogueProblem[];
}

/** Loads one file at the root of the catalogue; that it cannot be read is a problem, not an exception. */
export function loadCatalogueFile<T>(
  path: string,
  parseText: (text: string, file: string) => Loaded<T>,
): Loaded<T> {
  const file = basename(path);
  try {
    return parseText(readFileSync(path, 'utf8'), file);
  } catch (error) {
    return { value: undefined, problems: [unreadable(file, error)] };
  }
}

/** Reads a file whose top level is a map of `keys`. */
export function parseCatalogueText<T>(
  text: string,
  file: string,
  keys: readonly string[],
  read: (section: Section) => T | undefined,
): Loaded<T> {
  const problems = new ProblemList(file);
  const root = readYaml(text, problems);
  const section = root && Section.open(root, keys, problems);
  const value = section && read(section);
  return { value: problems.isEmpty ? value : undefined, problems: problems.all() };
}
