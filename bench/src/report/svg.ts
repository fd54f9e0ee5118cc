/** A bar of a chart. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** What is written at its end. */
  readonly text: string;
  readonly tone: 'ours' | 'rival' | 'wrong';
}

const WIDTH = 760;
const LABEL_WIDTH = 270;
const BAR_WIDTH = 360;
const ROW = 26;
const TONES = { ours: '#0f766e', rival: '#94a3b8', wrong: '#c2410c' } as const;

/** Horizontal bars from zero, readable on light and dark grounds. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const largest = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const rows = bars.map(({ label, value, text, tone }, index) => {
    const y = 44 + index * ROW;
    const width = Math.max(1, (value / largest) * BAR_WIDTH);
    return [
      `<text x="${LABEL_WIDTH - 10}" y="${y + 13}" text-anchor="end">${escape(label)}</text>`,
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="18" rx="2" fill="${TONES[tone]}"/>`,
      `<text x="${(LABEL_WIDTH + width + 8).toFixed(1)}" y="${y + 13}">${escape(text)}</text>`,
    ].join('\n  ');
  });
  const height = 54 + bars.length * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(title)}" font-family="system-ui, sans-serif" font-size="13" fill="#64748b">
  <text x="0" y="20" font-weight="600" font-size="15">${escape(title)}</text>
  ${rows.join('\n  ')}
</svg>
`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
