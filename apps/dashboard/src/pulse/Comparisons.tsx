import { ArrowDown, ArrowUp, Level } from '../design/icons.js';
import { type Comparison } from '../figures/compare.js';
import { useWords } from '../words/words.js';
import classes from './Tile.module.css';

const COLOURS = { good: 'var(--good)', bad: 'var(--bad)', neutral: 'var(--t3)' };

/** `↗ 8.0 % above yesterday`; the arrow is coloured by what is good for this metric. */
export function Change({ change, than }: { change: Comparison; than: string }) {
  const { compare } = useWords();
  const colour = COLOURS[change.judgement];
  const words =
    change.direction === 'same'
      ? compare.same(than)
      : change.direction === 'up'
        ? compare.above(than)
        : compare.below(than);
  return (
    <span className={classes['change']}>
      {change.direction === 'up' ? (
        <ArrowUp colour={colour} />
      ) : change.direction === 'down' ? (
        <ArrowDown colour={colour} />
      ) : (
        <Level colour={colour} />
      )}
      <span>
        {change.direction !== 'same' && <b>{change.amount} </b>}
        {words}
      </span>
    </span>
  );
}
