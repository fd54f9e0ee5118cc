import { Gauge } from '../design/primitives.js';
import { useKeysDialog } from '../frame/keys.js';
import { useBusiness } from '../live/business.js';
import { useServerTime } from '../live/clock.js';
import { useWords } from '../words/words.js';
import classes from './Pulse.module.css';

/** What the signs mean, once a page. */
export function Legend() {
  const words = useWords();
  const { business, figures } = useBusiness();
  const openKeys = useKeysDialog();
  const nowMs = useServerTime(60_000);
  return (
    <footer className={classes['legend']}>
      <span>{words.legend.values(figures.time(nowMs))}</span>
      <span className={classes['sign']}>
        <svg width="22" height="8" aria-hidden="true">
          <path d="M0 4h10" stroke="var(--accent)" strokeWidth="1.5" />
          <path d="M10 4h6" stroke="var(--accent)" strokeWidth="1.25" strokeDasharray="2 2" />
          <circle cx="18.5" cy="4" r="2.75" fill="none" stroke="var(--accent)" strokeWidth="1.25" />
        </svg>
        {words.legend.open}
      </span>
      <span className={classes['sign']}>
        <svg width="16" height="8" aria-hidden="true">
          <path d="M0 4h16" stroke="var(--ghost)" />
        </svg>
        {words.legend.yesterday}
      </span>
      <span className={classes['sign']}>
        <svg width="9" height="9" viewBox="0 0 9 9" aria-hidden="true">
          <path d="M4.5 1 8 4.5 4.5 8 1 4.5Z" fill="none" stroke="var(--accent)" strokeWidth="1.25" />
        </svg>
        {words.legend.revised}
      </span>
      <span className={classes['sign']}>
        <Gauge share={0.45} />
        {words.legend.gauge}
      </span>
      <span className={classes['zone']}>
        {words.legend.zone(business.timeZone)}
        <button type="button" onClick={openKeys} className={classes['keys']}>
          <kbd>?</kbd> {words.frame.keys}
        </button>
      </span>
    </footer>
  );
}
