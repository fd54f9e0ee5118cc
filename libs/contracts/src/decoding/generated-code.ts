/** Lines of generated code; nesting is worked out from the braces. */
export type Lines = string[];

/** One text of them, indented. */
export function indent(lines: Lines): string {
  let depth = 0;
  const out = lines.map((line) => {
    const code = line.replace(/\/\/.*$/, '').replace(/'[^']*'/g, '');
    const opened = (code.match(/[{]/g) ?? []).length;
    const closed = (code.match(/[}]/g) ?? []).length;
    if (/^\s*}/.test(code)) depth--;
    const text = line === '' ? '' : '  '.repeat(Math.max(0, depth)) + line;
    depth += opened - closed + (/^\s*}/.test(code) ? 1 : 0);
    return text;
  });
  return out.join('\n');
}
