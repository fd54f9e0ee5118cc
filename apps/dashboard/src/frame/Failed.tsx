import { Link, type ErrorComponentProps } from '@tanstack/react-router';
import { Notice } from '../design/primitives.js';
import { useWords } from '../words/words.js';

export function Failed({ error, reset }: ErrorComponentProps) {
  const { frame } = useWords();
  return (
    <Notice
      title={frame.failed}
      hint={error instanceof Error ? error.message : String(error)}
      action={
        <button type="button" onClick={reset}>
          {frame.reload}
        </button>
      }
    />
  );
}

export function NotFound() {
  const { frame } = useWords();
  return (
    <Notice title={frame.notFound} hint={frame.notFoundHint} action={<Link to="/">{frame.toPulse}</Link>} />
  );
}
