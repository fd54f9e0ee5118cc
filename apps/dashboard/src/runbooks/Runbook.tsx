import { Link } from '@tanstack/react-router';
import { type ReactNode } from 'react';

/** Leads to a page of the runbook by its path or address; what the gateway does not serve is text to be found elsewhere. */
export function Runbook({ path, children }: { path: string; children?: ReactNode }) {
  const file = path.split('/').at(-1) ?? path;
  const shown = children ?? file.replace(/\.md$/, '');
  if (/^https?:\/\//.test(path)) return <a href={path}>{shown}</a>;
  if (!/^docs\/runbooks\/[\w-]+\.md$/.test(path)) return <span title={path}>{children ?? path}</span>;
  return (
    <Link to="/docs/runbooks/$file" params={{ file }}>
      {shown}
    </Link>
  );
}
