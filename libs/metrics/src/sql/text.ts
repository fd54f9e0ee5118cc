/** A text literal; nothing that it holds can end it. */
export function literal(text: string): string {
  return `'${text.replace(/[\\']/g, (character) => `\\${character}`).replaceAll('\0', '\\0')}'`;
}

/** A quoted identifier. */
export function identifier(name: string): string {
  return `\`${name.replace(/[\\`]/g, (character) => `\\${character}`)}\``;
}

/** A whole number. Throws on anything else: it would be another statement. */
export function integer(value: number): string {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a whole number.`);
  return String(value);
}

/** An instant of type DateTime64(3, 'UTC'). */
export function instant(timeMs: number): string {
  return `fromUnixTimestamp64Milli(toInt64(${integer(timeMs)}), 'UTC')`;
}

/** Joins the parts that are there. */
export function lines(...parts: readonly (string | undefined | false)[]): string {
  return parts.filter((part) => typeof part === 'string' && part !== '').join('\n');
}

/** A subquery, indented. */
export function nested(select: string): string {
  return `(\n${select.replace(/^/gm, '  ')}\n)`;
}

/** End of a short statement that is asked often: threads that share its work wait for each other (docs/decisions/0063). */
export const IN_ONE_THREAD = 'SETTINGS max_threads = 1, output_format_parallel_formatting = 0';
