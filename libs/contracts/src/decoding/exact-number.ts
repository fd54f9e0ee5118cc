/** Largest magnitude of an integer or scaled decimal, so that a chunk's sum fits 64 bits. */
export const MAX_MAGNITUDE = 1e14;

const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

export interface ScaledNumber {
  /** floor(number × 10^scale); a number beyond 10^16 stands for anything that large. */
  readonly value: number;
  /** Nothing was cut off. */
  readonly isExact: boolean;
}

/**
 * Reads a JSON number exactly, from its text, as a whole number of 10^-scale units; binary fractions are
 * never involved. Undefined when the text is no JSON number.
 */
export function scaleNumberText(text: string, scale: number): ScaledNumber | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return { value: 0, isExact: true };
  const isNegative = sign === '-';
  const shift = Number(exponent) - fraction.length + scale;
  const length = digits.length + shift;
  if (length > 16) return { value: isNegative ? -1e17 : 1e17, isExact: true };
  const kept = length <= 0 ? '' : shift >= 0 ? digits + '0'.repeat(shift) : digits.slice(0, length);
  const isExact = shift >= 0 || !/[1-9]/.test(length <= 0 ? digits : digits.slice(length));
  const magnitude = kept === '' ? 0 : Number(kept);
  if (!isNegative) return { value: magnitude, isExact };
  return { value: isExact ? 0 - magnitude : -magnitude - 1, isExact };
}
