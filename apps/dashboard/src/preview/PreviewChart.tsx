import { type Preview } from '@freshet/live-protocol';
import { useElementSize } from '@mantine/hooks';
import { CartesianGrid, Line, LineChart, XAxis, YAxis } from 'recharts';
import { offsetMs } from '../figures/calendar.js';
import { useBusiness } from '../live/business.js';
import { TIME_AXIS, VALUE_AXIS } from '../metric/axes.js';
import { niceTicks, timeTicks } from '../metric/chart-model.js';
import { useWords } from '../words/words.js';
import classes from './Preview.module.css';

const HEIGHT = 300;

/** The proposed line, and in grey the one that is read now; every step at its end. */
export default function PreviewChart({ preview }: { preview: Preview }) {
  const { ref, width } = useElementSize();
  const words = useWords();
  const { business, figures } = useBusiness();
  const { title, unit, currency = business.currency, steps } = preview;
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return null;
  const values = steps.flatMap(({ proposed, active = null }) => [proposed ?? 0, active ?? 0]);
  const scale = unit === 'percent' ? 100 : unit === 'money' ? 10 ** -figures.minorDigits(currency) : 1;
  const ticks = niceTicks(Math.min(0, ...values), Math.max(...values) || 1, 5, scale);
  const long = last.endMs - first.startMs > 36 * 3_600_000;
  const label = words.metric.chart(
    title,
    String(steps.length),
    figures.dayTime(first.startMs),
    figures.dayTime(last.endMs),
  );
  return (
    <div ref={ref} className={classes['chart']} style={{ height: HEIGHT }} role="img" aria-label={label}>
      {width > 0 && (
        <LineChart
          width={width}
          height={HEIGHT}
          data={[...steps]}
          margin={{ top: 16, right: 24, bottom: 0, left: 0 }}
          accessibilityLayer={false}
          tabIndex={-1}
        >
          <CartesianGrid vertical={false} stroke="var(--grid)" />
          <XAxis
            {...TIME_AXIS}
            domain={[first.startMs, last.endMs]}
            ticks={[
              ...timeTicks(
                first.startMs,
                last.endMs,
                width < 600 ? 3 : 7,
                offsetMs(last.endMs, business.timeZone),
              ),
            ]}
            tickFormatter={(ms: number) => (long ? figures.dayTime(ms) : figures.time(ms))}
          />
          <YAxis
            {...VALUE_AXIS}
            domain={[ticks[0] ?? 0, ticks.at(-1) ?? 1]}
            ticks={[...ticks]}
            tickFormatter={(value: number) => figures.axis(unit, value, currency)}
          />
          {preview.activeRevision !== undefined && (
            <Line {...look} dataKey="active" stroke="var(--ghost)" strokeWidth={1.25} />
          )}
          <Line {...look} dataKey="proposed" stroke="var(--t1)" strokeWidth={2.25} />
        </LineChart>
      )}
    </div>
  );
}

const look = { type: 'linear', dot: false, activeDot: false, isAnimationActive: false } as const;
