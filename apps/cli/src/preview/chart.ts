import asciichart from 'asciichart';

/** Most points across: one a column of a common terminal, beside the scale. */
export const MAX_POINTS = 100;
const HEIGHT = 12;
/** Shorter labels would lie below the axis. */
const LABEL_WIDTH = 10;

/**
 * Draws lines over the same steps for a terminal; a step without a value is drawn as 0. The first line is blue, the
 * second grey.
 */
export function terminalChart(
  lines: readonly (readonly (number | null)[])[],
  format: (value: number) => string,
): string {
  const drawn = lines.map((line) => line.map((value) => value ?? 0));
  const all = drawn.flat();
  const flat = Math.max(...all) === Math.min(...all);
  return asciichart.plot(
    drawn.map((line) => [...line]),
    {
      height: flat ? 1 : HEIGHT,
      colors: [asciichart.blue, asciichart.darkgray],
      format: (value: number) => format(value).padStart(LABEL_WIDTH),
    },
  );
}
