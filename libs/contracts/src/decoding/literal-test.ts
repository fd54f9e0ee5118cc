import { type Lines } from './generated-code.js';

/**
 * Statements that compare what stands at `p` with `literal`, four bytes at a time, and move `p` past it; they return -1
 * where it is something else, or goes beyond the message's `last` byte.
 */
export function literalTest(literal: Uint8Array): Lines {
  const { length } = literal;
  const words = new DataView(literal.buffer, literal.byteOffset, length);
  const tests: string[] = [];
  let at = 0;
  for (; at + 4 <= length; at += 4)
    tests.push(`view.getInt32(${place(at)}, true) !== ${words.getInt32(at, true)}`);
  // The rest together with bytes that were compared already.
  if (at < length && length >= 4)
    tests.push(`view.getInt32(${place(length - 4)}, true) !== ${words.getInt32(length - 4, true)}`);
  else for (; at < length; at++) tests.push(`b[${place(at)}] !== ${literal[at]!}`);
  if (length === 0) return [];
  return [
    `if (p + ${length - 1} > last || ${tests.join(' || ')}) return -1; // ${printable(literal)}`,
    `p += ${length};`,
  ];
}

function place(at: number): string {
  return at === 0 ? 'p' : `p + ${at}`;
}

/** Text for people. It stands in a comment of code, and messages are anybody's: letters and signs of ASCII alone. */
function printable(literal: Uint8Array): string {
  return Buffer.from(literal)
    .toString('latin1')
    .replace(/[^ -~]/g, '?');
}
