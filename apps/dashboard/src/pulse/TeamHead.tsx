import { useAllFreshness } from '@freshet/live-client/react';
import { Clock, Diamond, Triangle } from '../design/icons.js';
import { useBusiness, type Team } from '../live/business.js';
import { useWords } from '../words/words.js';
import classes from './Pulse.module.css';

/** Name of the team and the worst that there is to say of its metrics. */
export function TeamHead({ team }: { team: Team }) {
  return (
    <header className={classes['teamHead']}>
      <h2>{team.title}</h2>
      <span className={classes['owner']}>{team.owner}</span>
      <TeamState team={team} />
    </header>
  );
}

function TeamState({ team }: { team: Team }) {
  const words = useWords();
  const { figures, alerts } = useBusiness();
  const all = useAllFreshness();
  const mine = team.metrics.flatMap(({ name }) => all.get(name) ?? []);
  if (mine.length === 0) return null;
  const stale = mine.filter(({ status }) => status === 'stale').length;
  if (stale > 0) {
    return (
      <span className={classes['teamWarn']}>
        <Diamond /> {words.team.stale(String(stale))}
      </span>
    );
  }
  const firing = team.metrics.filter(({ name }) => alerts.has(name)).length;
  if (firing > 0) {
    return (
      <span className={classes['teamBad']}>
        <Triangle /> {words.team.alerts(String(firing))}
      </span>
    );
  }
  if (mine.some(({ status }) => status === 'catching_up')) {
    return (
      <span className={classes['teamWarn']}>
        <Clock /> {words.team.catchingUp}
      </span>
    );
  }
  if (mine.some(({ status }) => status === 'unknown')) {
    return <span className={classes['teamState']}>{words.team.unproven}</span>;
  }
  const slowest = Math.max(...mine.map(({ behindMs }) => behindMs ?? 0));
  return <span className={classes['teamState']}>{words.team.slowest(figures.duration(slowest))}</span>;
}
