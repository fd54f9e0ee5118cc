import type { Preview } from '@freshet/live-protocol';

/** How values of a preview are written: shares in per cent, money in major units. */
export function figureOf({
  unit,
  currency,
}: Pick<Preview, 'unit' | 'currency'>): (value: number, of?: string) => string {
  return (value, of = currency) => {
    if (unit === 'percent') return `${short(value * 100)} %`;
    if (unit === 'money') return short(value / 10 ** minorDigits(of));
    return short(value);
  };
}

function short(value: number): string {
  if (Math.abs(value) < 1e-9) return '0';
  return String(Number(Math.abs(value) < 100 ? value.toPrecision(4) : value.toFixed(2)));
}

/** 2 where it is no code that is known. */
function minorDigits(currency: string | undefined): number {
  try {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency: currency ?? '' });
    return format.resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}
