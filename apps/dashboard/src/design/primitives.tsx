import { type ReactNode } from 'react';
import classes from './primitives.module.css';

export type BadgeTone = 'warn' | 'bad' | 'plain';

/** State in a shape and words; colour only repeats it. */
export function Badge({ tone, icon, children }: { tone: BadgeTone; icon: ReactNode; children: ReactNode }) {
  return (
    <span className={classes['badge']} data-tone={tone}>
      {icon}
      {children}
    </span>
  );
}

/** Seconds behind as share of the target; the tick is the target. 28 × 8. */
export function Gauge({ share }: { share: number }) {
  const width = Math.max(2, Math.min(1, share) * 27);
  return (
    <svg
      width="28"
      height="8"
      viewBox="0 0 28 8"
      aria-hidden="true"
      style={{ flex: 'none', display: 'block' }}
    >
      <rect x="0" y="2" width="27" height="4" rx="2" fill="var(--line)" />
      <rect x="0" y="2" width={width} height="4" rx="2" fill="var(--gauge)" />
      <rect x="26.5" y="0" width="1.5" height="8" fill="var(--gauge)" />
    </svg>
  );
}

export function Card({ children, label }: { children: ReactNode; label?: string }) {
  return (
    <section className={classes['card']} aria-label={label}>
      {children}
    </section>
  );
}

/** Something went wrong, or there is nothing: what, and what to do. */
export function Notice({ title, hint, action }: { title: string; hint?: ReactNode; action?: ReactNode }) {
  return (
    <div className={classes['notice']} role="status">
      <strong>{title}</strong>
      {hint !== undefined && <p>{hint}</p>}
      {action}
    </div>
  );
}
