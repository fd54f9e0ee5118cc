import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import Markdown from 'markdown-to-jsx/react';
import { type ComponentProps } from 'react';
import { Card, Notice } from '../design/primitives.js';
import { runbookQuery } from '../live/rest.js';
import { useWords } from '../words/words.js';
import { Runbook } from './Runbook.js';
import classes from './Runbook.module.css';

const route = getRouteApi('/docs/runbooks/$file');

/** What to do about an alert, as the team wrote it down. */
export function RunbookPage() {
  const { runbook: words, alerts, frame } = useWords();
  const { file } = route.useParams();
  const { data, error } = useQuery(runbookQuery(file.replace(/\.md$/, '')));
  if (error !== null)
    return (
      <Notice title={words.none} hint={error.message} action={<Link to="/alerts">{frame.alerts}</Link>} />
    );
  if (data === undefined) return <h1 data-state="loading">{alerts.runbook}</h1>;
  return (
    <div className={classes['page']}>
      <Card>
        <Markdown options={OPTIONS}>{data.text}</Markdown>
      </Card>
    </div>
  );
}

/** To another page of the runbook, to an address, or the words alone: the rest of the documents is not served. */
function Reference({ href = '', children }: ComponentProps<'a'>) {
  if (/^https?:\/\//.test(href)) return <a href={href}>{children}</a>;
  return <Runbook path={`docs/runbooks/${href}`}>{children}</Runbook>;
}

const OPTIONS = {
  wrapper: 'article' as const,
  forceWrapper: true,
  // What a person wrote is text, never a part of the page.
  disableParsingRawHTML: true,
  overrides: { a: { component: Reference } },
};
