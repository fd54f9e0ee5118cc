import { type Objective } from '@freshet/live-protocol';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';

const HEIGHT = 28;
/** The dotted line, a day's share of the budget, stands so high above the floor. */
const SHARE = 7;

interface DayStripProps {
  readonly objective: Objective;
  readonly title: string;
  readonly width: number;
}

/** Bad seconds by day, newest at the right; the dotted line is what a day may spend, red what went beyond. */
export function DayStrip({ objective, title, width }: DayStripProps) {
  const { freshness: words } = useWords();
  const { figures } = useBusiness();
  const count = Math.round(objective.overMs / 86_400_000);
  const share = objective.budgetSeconds / count;
  const days = objective.days.slice(-count);
  const pitch = width / count;
  const most = Math.max(...days.map(({ bad }) => bad), share);
  const bad = days.reduce((sum, day) => sum + day.bad, 0);
  const label = words.strip(title, figures.duration(bad * 1000), figures.span(objective.overMs));
  return (
    <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label}>
      {days.map((day, index) => {
        const isOver = day.bad > share;
        // Up to a day's share in proportion; beyond, as far as the worst day, so that one bad day leaves the others visible.
        const beyond = most > share ? ((day.bad - share) / (most - share)) * (HEIGHT - SHARE - 3) : 0;
        const height = isOver ? SHARE + Math.max(2, beyond) : Math.max(1.5, (day.bad / share) * SHARE);
        const x = width - (days.length - index) * pitch;
        return (
          <rect
            key={day.day}
            x={x + 0.75}
            y={HEIGHT - height}
            width={pitch - 1.5}
            height={height}
            fill={isOver ? 'var(--bad)' : 'var(--s-ingest)'}
          >
            <title>{words.dayBad(day.day, figures.duration(day.bad * 1000))}</title>
          </rect>
        );
      })}
      <line
        x1="0"
        x2={width}
        y1={HEIGHT - SHARE}
        y2={HEIGHT - SHARE}
        stroke="var(--t2)"
        strokeDasharray="1 3"
        strokeWidth="1"
      />
    </svg>
  );
}
