import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type CatalogueProblem } from './problem.js';

export interface CatalogueFile {
  /** Path relative to the catalogue, with `/`. */
  readonly file: string;
  readonly text: string;
}

/**
 * The YAML files of one folder of the catalogue (`contracts`, `metrics`), by name. A folder or file that
 * cannot be read is a problem, not an exception.
 */
export function readCatalogueFolder(folder: string): {
  readonly files: CatalogueFile[];
  readonly problems: CatalogueProblem[];
} {
  const files: CatalogueFile[] = [];
  const problems: CatalogueProblem[] = [];
  const label = basename(folder);
  let names: string[];
  try {
    names = readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort();
  } catch (error) {
    return { files, problems: [unreadable(label, error)] };
  }
  for (const name of names) {
    const file = `${label}/${name}`;
    try {
      files.push({ file, text: readFileSync(join(folder, name), 'utf8') });
    } catch (error) {
      problems.push(unreadable(file, error));
    }
  }
  return { files, problems };
}

export function unreadable(file: string, error: unknown): CatalogueProblem {
  const why = error instanceof Error ? error.message : String(error);
  return {
    file,
    line: 1,
    column: 1,
    message: `cannot be read: ${why}`,
    remedy: 'Check that it exists and may be read, or set FRESHET_CATALOG.',
  };
}

/** More than any catalogue has; a wrong folder is not read to its end. */
const MAX_FINGERPRINTED = 5_000;

/**
 * Hash over names and contents of all files of the catalogue, to see that one changed; `unreadable` when they
 * cannot be read now. Files that begin with a dot, as editors make them, do not count.
 */
export function catalogueFingerprint(folder: string): string {
  const hash = createHash('sha256');
  try {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && !entry.name.endsWith('~'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .slice(0, MAX_FINGERPRINTED);
    for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  } catch {
    return 'unreadable';
  }
  return hash.digest('hex').slice(0, 32);
}
