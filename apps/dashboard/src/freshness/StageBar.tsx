import { type Freshness, type MetricInfo } from '@freshet/live-protocol';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';
import { stagesOf, type Way } from './stages.js';
import classes from './Freshness.module.css';

/** The target stands at this share of the width, the same for all bars of a target. */
export const TARGET_AT = 0.8;

interface StageBarProps {
  readonly metric: MetricInfo;
  readonly freshness: Freshness | undefined;
  /** What each stage took lately, where it was measured. */
  readonly way: Way | undefined;
  readonly width: number;
  /** Names the largest stages under the bar. */
  readonly legend?: boolean;
  /** Names the guilty stage above its part of the bar. */
  readonly named?: boolean;
}

/** How far behind, split by stage; beyond the width the bar is broken, and the figure stands beside it. */
export function StageBar({ metric, freshness, way, width, legend = false, named = false }: StageBarProps) {
  const words = useWords();
  const { figures } = useBusiness();
  const { targetMs } = metric.freshness;
  const scale = (width * TARGET_AT) / targetMs;
  const known = stagesOf(freshness, way);
  const sum = known.reduce((total, { ms }) => total + ms, 0);
  const squeeze = sum * scale > width ? width / (sum * scale) : 1;
  const segments = known.map((one, index) => {
    const before = known.slice(0, index).reduce((total, { ms }) => total + ms, 0);
    return { ...one, x: before * scale * squeeze, width: one.ms * scale * squeeze };
  });
  const guilty =
    freshness === undefined || freshness.status === 'fresh'
      ? undefined
      : segments.find(({ stage }) => stage === freshness.stage);
  const largest = known.toSorted((a, b) => b.ms - a.ms).slice(0, 3);
  const parts = largest
    .map(({ stage, ms }) => `${words.stages[stage]} ${figures.decimals(ms / 1000, 2)}`)
    .join(' · ');
  const broken = squeeze < 1;
  return (
    <div className={classes['stageBar']}>
      <svg
        width={width}
        height={20}
        viewBox={`0 0 ${width} 20`}
        role="img"
        aria-label={words.freshness.bar(metric.title, parts)}
      >
        {segments.map(({ stage, x, width: segmentWidth }) => (
          <rect
            key={stage}
            x={x}
            y="6"
            width={Math.max(1, segmentWidth - 1)}
            height="8"
            fill={
              freshness?.stage === stage && freshness.status !== 'fresh' ? 'var(--warn)' : `var(--s-${stage})`
            }
          >
            <title>{`${words.stages[stage]}: ${words.stageMeanings[stage]}`}</title>
          </rect>
        ))}
        {named && guilty !== undefined && (
          <text
            x={Math.min(Math.max(guilty.x + guilty.width / 2, 40), width - 60)}
            y="-1"
            textAnchor="middle"
            className={classes['guilty']}
          >
            {words.stages[guilty.stage]} {figures.duration(guilty.ms)}
          </text>
        )}
        {broken && <path d={`M${width * 0.52 - 3} 17l6 -14`} stroke="var(--surface)" strokeWidth="3" />}
        <line
          x1={width * TARGET_AT}
          x2={width * TARGET_AT}
          y1="3"
          y2="17"
          stroke="var(--t1)"
          strokeWidth="1.5"
        />
      </svg>
      {legend && (
        <p className={classes['stageWords']}>
          <span>{parts}</span>
          <span style={{ left: width * TARGET_AT }}>{figures.span(targetMs)}</span>
        </p>
      )}
    </div>
  );
}
