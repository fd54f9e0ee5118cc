/** Colours bound to dimension values: the same value has the same colour on every page. */
const SLOTS = 5;
const STORE = 'freshet.colours';
/** Values of one dimension that are remembered; later ones take the colour of "(other)". */
const MOST_VALUES = 64;

const bound = new Map<string, Map<string, number>>(restore());

function restore(): [string, Map<string, number>][] {
  try {
    const text = globalThis.localStorage?.getItem(STORE) ?? '{}';
    const kept = JSON.parse(text) as Record<string, Record<string, number>>;
    return Object.entries(kept).map(([dimension, values]) => [dimension, new Map(Object.entries(values))]);
  } catch {
    return [];
  }
}

function keep(): void {
  try {
    const all = Object.fromEntries(
      [...bound].map(([dimension, values]) => [dimension, Object.fromEntries(values)]),
    );
    globalThis.localStorage?.setItem(STORE, JSON.stringify(all));
  } catch {
    // Private windows refuse to store: colours then last as long as the page.
  }
}

/** FNV-1a, so that a value prefers the same slot for everybody. */
function preferred(value: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < value.length; i++) hash = Math.imul(hash ^ value.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % SLOTS;
}

/**
 * Binds the values of a dimension to colours, in the order given: each gets the slot that its name prefers, or
 * the next free one. At most five colours a dimension; further values share that of "(other)". What is bound stays
 * so: asking again changes nothing.
 */
function bind(dimension: string, values: readonly string[]): void {
  const taken = bound.get(dimension) ?? new Map<string, number>();
  let changed = false;
  for (const value of values) {
    if (value === '(other)' || taken.has(value) || taken.size >= MOST_VALUES) continue;
    const used = new Set(taken.values());
    let slot = preferred(value);
    for (let i = 0; i < SLOTS && used.has(slot); i++) slot = (slot + 1) % SLOTS;
    taken.set(value, used.has(slot) ? SLOTS : slot);
    changed = true;
  }
  if (!changed) return;
  bound.set(dimension, taken);
  keep();
}

/** CSS colour of a value; "(other)" and unbound ones are grey. */
function colourOf(dimension: string, value: string): string {
  const slot = bound.get(dimension)?.get(value);
  return slot === undefined || slot >= SLOTS ? 'var(--c-other)' : `var(--c${slot + 1})`;
}

/**
 * Colours of the values that are drawn together, by value. Asked while drawing, so that the first picture has
 * them, too; in the order of their names, so that everybody's are the same.
 */
export function coloursOf(dimension: string, values: readonly string[]): ReadonlyMap<string, string> {
  bind(dimension, [...values].sort());
  return new Map(values.map((value) => [value, colourOf(dimension, value)]));
}
