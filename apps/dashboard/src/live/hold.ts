import { useState } from 'react';

export interface Hold<T> {
  /** What to show: the newest, or what was there when the view was held. */
  readonly shown: T;
  readonly held: boolean;
  /** Updates that arrived since. */
  readonly waiting: number;
  hold(): void;
  release(): void;
}

/** Holds a value still while a person looks at it closely, and counts the updates that wait. */
export function useHold<T>(newest: T): Hold<T> {
  const [seen, setSeen] = useState({ newest, count: 0 });
  const [frozen, setFrozen] = useState<{ value: T; count: number } | undefined>(undefined);
  const current = seen.newest === newest ? seen : { newest, count: seen.count + 1 };
  if (current !== seen) setSeen(current);
  return {
    shown: frozen === undefined ? newest : frozen.value,
    held: frozen !== undefined,
    waiting: frozen === undefined ? 0 : current.count - frozen.count,
    hold: () => setFrozen((before) => before ?? { value: newest, count: current.count }),
    release: () => setFrozen(undefined),
  };
}
