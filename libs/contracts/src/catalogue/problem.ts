/** What is wrong in a catalogue file, where, and what to do. Lines and columns start at 1. */
export interface CatalogueProblem {
  /** Path relative to the catalogue. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What is wrong, e.g. `unknown key "owmer"`. */
  readonly message: string;
  /** The valid name that is nearest to what was found, when one is near. */
  readonly nearest?: string;
  /** What to do next, one sentence. */
  readonly remedy: string;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Collects the problems of one file, bounded: after 100 the rest is counted, not kept. */
export class ProblemList {
  static readonly LIMIT = 100;
  readonly #problems: CatalogueProblem[] = [];

  constructor(readonly file: string) {}

  /** Adds a problem. With `found` and `candidates`, the nearest candidate is worked out and suggested. */
  add(
    at: Position,
    message: string,
    remedy: string,
    suggestion?: { readonly found: string; readonly candidates: Iterable<string> },
  ): void {
    if (this.#problems.length >= ProblemList.LIMIT) return;
    const nearest = suggestion && nearestName(suggestion.found, suggestion.candidates);
    this.#problems.push({
      file: this.file,
      line: at.line,
      column: at.column,
      message,
      ...(nearest === undefined ? {} : { nearest }),
      remedy,
    });
  }

  get isEmpty(): boolean {
    return this.#problems.length === 0;
  }

  /** In the order of the file. */
  all(): CatalogueProblem[] {
    return [...this.#problems].sort((a, b) => a.line - b.line || a.column - b.column);
  }
}

/** One line for a person: `contracts/orders.yaml:12:5: unknown key "owmer" (nearest: "owner"). Remedy.` */
export function formatProblem(problem: CatalogueProblem): string {
  const nearest = problem.nearest === undefined ? '' : ` (nearest: "${problem.nearest}")`;
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.message}${nearest}. ${problem.remedy}`;
}

/**
 * The candidate with the smallest Levenshtein distance to `found`, letter case aside; undefined when even
 * that one differs in more than half of its letters. O(candidates × length²).
 */
export function nearestName(found: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  const wanted = found.slice(0, 100).toLowerCase();
  for (const candidate of candidates) {
    const distance = levenshtein(wanted, candidate.slice(0, 100).toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best === undefined) return undefined;
  return bestDistance <= Math.max(2, Math.floor(Math.max(best.length, wanted.length) / 2)) ? best : undefined;
}

/** Fewest insertions, deletions and replacements that turn `a` into `b`. O(a × b) time, O(b) space. */
export function levenshtein(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? a.length;
}
