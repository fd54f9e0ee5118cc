import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { ClickHouseClient } from '@clickhouse/client';
import { writePreview } from '@freshet/clickhouse';
import type { Preview } from '@freshet/live-protocol';

import { reachable, type CliConfig } from '../config.js';
import { operator } from '../operations/operator.js';
import { previewPage } from './page.js';

const GATEWAY_WITHIN_MS = 3_000;

/**
 * Puts a preview where people can look at it: on the dashboard for a day; where no gateway can show it, into a file.
 * @returns what to print
 */
export async function linkTo(preview: Preview, store: ClickHouseClient, config: CliConfig): Promise<string> {
  const shown = await onDashboard(preview, store, config);
  if ('url' in shown) return `${shown.url} (kept for a day)`;
  const folder = join(config.dataDir, 'previews');
  mkdirSync(folder, { recursive: true });
  const page = join(folder, `${preview.metric}.html`);
  writeFileSync(page, previewPage(preview));
  return `${pathToFileURL(page).href} (a file: ${shown.why})`;
}

async function onDashboard(
  preview: Preview,
  store: ClickHouseClient,
  { host, port, publicUrl }: CliConfig,
): Promise<{ readonly url: string } | { readonly why: string }> {
  const own = `http://${reachable(host)}:${port}`;
  const id = randomUUID().slice(0, 13);
  try {
    await writePreview(store, id, JSON.stringify(preview), operator());
    const { status } = await fetch(`${own}/api/previews/${id}`, {
      signal: AbortSignal.timeout(GATEWAY_WITHIN_MS),
    });
    // A gateway that asks for a token shows it to those who have one.
    if (status === 200 || status === 401) return { url: `${publicUrl ?? own}/previews/${id}` };
    return { why: `the gateway at ${own} answered ${status}` };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { why: why === 'fetch failed' ? `no gateway answers at ${own}` : why };
  }
}
