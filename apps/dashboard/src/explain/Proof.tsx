import { type Explanation } from '@freshet/live-protocol';
import { useWords } from '../words/words.js';
import { Box } from './Revised.js';
import { type Show } from './show.js';
import classes from './Explain.module.css';

const TONES = { identical: 'good', waiting: 'warn', gone: 'warn', folded: 'warn', differs: 'bad' } as const;

/** Both results side by side, and what to think of their difference. */
export function Proof({ show, explanation }: { show: Show; explanation: Explanation }) {
  const { explain: words } = useWords();
  const { stored, facts, agreement } = explanation;
  const difference =
    agreement === 'identical'
      ? '0'
      : stored === null || facts === null || stored.value === null || facts.value === null
        ? '–'
        : show.value({ value: stored.value - facts.value });
  return (
    <dl className={classes['proof']} data-agreement={agreement}>
      <Box title={words.stored} value={show.value(stored)} more={show.made(stored)} />
      <Box title={words.fromFacts} value={facts === null ? '–' : show.value(facts)} more={show.made(facts)} />
      <Box
        title={words.difference}
        value={difference}
        more={words.agreement[agreement]}
        tone={TONES[agreement]}
      />
    </dl>
  );
}
