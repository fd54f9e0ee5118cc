/** Where a field stands in the message; `each` when the value at `path` is an array. */
export interface FieldPath {
  readonly path: readonly string[];
  readonly each?: readonly string[];
}

export const PATH_FORMAT =
  'keys joined by dots, at most one of them an array: data.total, data.lines[].sku, data.tags[]';

const SEGMENT = /^[A-Za-z0-9_@$#:/ -]{1,100}$/;

/** Reads `data.lines[].sku`; undefined when it is not a path (see `PATH_FORMAT`). At most 8 keys. */
export function parseFieldPath(text: string): FieldPath | undefined {
  const segments = text.split('.');
  if (segments.length > 8) return undefined;
  let path: string[] = [];
  let outer: string[] | undefined;
  for (const segment of segments) {
    const isArray = segment.endsWith('[]');
    const key = isArray ? segment.slice(0, -2) : segment;
    if (!SEGMENT.test(key)) return undefined;
    path.push(key);
    if (!isArray) continue;
    if (outer !== undefined) return undefined;
    outer = path;
    path = [];
  }
  return outer === undefined ? { path } : { path: outer, each: path };
}

/** The path as written, for messages. */
export function formatFieldPath(at: FieldPath): string {
  if (at.each === undefined) return at.path.join('.');
  return [`${at.path.join('.')}[]`, ...at.each].join('.');
}
