import { Patterns } from '../design/patterns.js';
import { Notice } from '../design/primitives.js';
import { toTeams, useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';
import { Legend } from './Legend.js';
import { PulseHead } from './PulseHead.js';
import { TeamHead } from './TeamHead.js';
import { Tile } from './Tile.js';
import classes from './Pulse.module.css';

/** Is business normal, what has changed, can I believe it: in one glance. */
export function PulsePage() {
  const { metrics } = useBusiness();
  const words = useWords();
  const teams = toTeams(metrics);
  return (
    <>
      <Patterns />
      <PulseHead />
      {teams.length === 0 ? (
        <Notice title={words.sentence.none} hint={words.sentence.noneHint} />
      ) : (
        <div
          className={classes['teams']}
          style={{ '--teams': Math.min(4, teams.length) } as React.CSSProperties}
        >
          {teams.map((team) => (
            <section key={team.title} className={classes['team']} aria-label={team.title}>
              <TeamHead team={team} />
              <div className={classes['tiles']}>
                {team.metrics.map((metric, index) => (
                  <Tile key={metric.name} metric={metric} lead={index === 0} />
                ))}
              </div>
            </section>
          ))}
        </div>
      )}
      <Legend />
    </>
  );
}
