import { type Objective } from '@freshet/live-protocol';
import { useBusiness } from '../live/business.js';
import classes from './Freshness.module.css';

/** What may still go wrong in the period: as time, as share, as a bar. */
export function Budget({ objective }: { objective: Objective }) {
  const { figures } = useBusiness();
  const left = Math.max(0, objective.budgetLeft);
  const low = objective.budgetLeft < 0.25;
  return (
    <span className={classes['budget']} data-low={low || undefined}>
      <span>{figures.duration(left * objective.budgetSeconds * 1000)}</span>
      <small>{`${figures.decimals(objective.budgetLeft * 100, 0)}\u00a0%`}</small>
      <i>
        <b style={{ width: `${Math.min(1, left) * 100}%` }} />
      </i>
    </span>
  );
}
