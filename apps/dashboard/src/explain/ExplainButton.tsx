import { type ReactNode } from 'react';
import { useWords } from '../words/words.js';
import { type ExplainAddress } from './address.js';
import { useExplain } from './use-explain.js';
import classes from './ExplainButton.module.css';

/** A number that can be asked where it comes from; looks like the number until it is pointed at or focused. */
export function ExplainButton({ address, children }: { address: ExplainAddress; children: ReactNode }) {
  const { explain: words } = useWords();
  const { open } = useExplain();
  return (
    <button type="button" className={classes['number']} title={words.open} onClick={() => open(address)}>
      {children}
    </button>
  );
}
