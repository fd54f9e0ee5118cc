import { useAllFreshness } from '@freshet/live-client/react';
import { type Freshness } from '@freshet/live-protocol';
import { toTeams, useBusiness, type Team } from '../live/business.js';
import { useWords } from '../words/words.js';
import classes from './Rail.module.css';

const TARGET_Y = 22;
const BASE_Y = 62;
const BAR = 10;
const PITCH = 16;

/** All metrics at once, as share of their target: the dotted line. Beyond it a bar is broken, and says by how much. */
export function Rail() {
  const words = useWords();
  const { metrics, figures, alerts } = useBusiness();
  const freshness = useAllFreshness();
  const groups = layOut(toTeams(metrics));
  const left = groups.reduce((sum, group) => sum + group.width, 0);
  const slowest = [...freshness.values()].sort((a, b) => share(b) - share(a))[0];
  const width = left + 48;
  return (
    <svg
      className={classes['rail']}
      width={width}
      height={84}
      viewBox={`0 0 ${width} 84`}
      role="img"
      aria-label={words.rail.label(String(metrics.length))}
    >
      <line x1="0" x2={left} y1={TARGET_Y} y2={TARGET_Y} className={classes['target']} />
      <text x={left + 10} y={TARGET_Y + 4} className={classes['label']}>
        {words.rail.target}
      </text>
      {groups.map(({ team, x, width: groupWidth }) => (
        <g key={team.title}>
          <line x1={x} x2={x + groupWidth - 4} y1={BASE_Y} y2={BASE_Y} stroke="var(--line2)" />
          <text x={x + (groupWidth - 4) / 2} y={BASE_Y + 15} textAnchor="middle" className={classes['label']}>
            {team.title}
          </text>
          {team.metrics.map((metric, index) => {
            const found = freshness.get(metric.name);
            if (found === undefined || found.behindMs === null) return null;
            const over = found.status !== 'fresh';
            const alert = alerts.has(metric.name);
            const named = over || alert || slowest?.metric === metric.name;
            const height = Math.max(2, Math.min(share(found), over ? 1.2 : 1) * (BASE_Y - TARGET_Y));
            const barX =
              x + (groupWidth - 4 - team.metrics.length * PITCH + (PITCH - BAR)) / 2 + index * PITCH;
            const colour = over ? 'var(--warn)' : alert ? 'var(--bad)' : 'var(--gauge)';
            return (
              <g key={metric.name}>
                <rect x={barX} y={BASE_Y - height} width={BAR} height={height} fill={colour}>
                  <title>{`${metric.title}: ${figures.duration(found.behindMs)}`}</title>
                </rect>
                {over && (
                  <path
                    d={`M${barX - 1} ${TARGET_Y + 7}l${BAR + 2} -6`}
                    stroke="var(--canvas)"
                    strokeWidth="3"
                  />
                )}
                {named && (!over || slowest?.metric === metric.name) && (
                  <text
                    x={barX + BAR / 2}
                    y={labelY(BASE_Y - height)}
                    textAnchor="middle"
                    className={classes['figure']}
                    fill={over || alert ? colour : 'var(--t1)'}
                  >
                    {figures.duration(found.behindMs)}
                  </text>
                )}
              </g>
            );
          })}
        </g>
      ))}
    </svg>
  );
}

/** Above its bar, or, where the dotted line would run through the figure, above that line. */
function labelY(top: number): number {
  return top - 4 > TARGET_Y - 2 && top - 14 < TARGET_Y + 2 ? TARGET_Y - 4 : top - 4;
}

function layOut(teams: readonly Team[]): readonly { team: Team; x: number; width: number }[] {
  let x = 0;
  return teams.map((team) => {
    const width = Math.max(team.metrics.length * PITCH + 8, team.title.length * 5.6 + 10);
    x += width;
    return { team, x: x - width, width };
  });
}

function share(freshness: Freshness): number {
  return (freshness.behindMs ?? 0) / freshness.targetMs;
}
