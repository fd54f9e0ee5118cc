/** One or many; the figure arrives formatted. */
export const plural = (n: string, one: string, many: string): string =>
  n === '1' ? `1 ${one}` : `${n} ${many}`;
