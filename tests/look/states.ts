import { serverMessageSchema, type Freshness, type Point, type ServerMessage } from '@freshet/live-protocol';
import type { Page } from 'playwright-core';

/** What becomes of the server's real words about one metric on their way to the page. */
type Change = (message: ServerMessage, id: string) => readonly object[];

const MINUTE = 60_000;

/** Every state of a tile that the running product cannot be brought to at will, each on a metric of its own. */
const CHANGES: Readonly<Record<string, Change>> = {
  // The first answer never comes.
  checkout_failure_rate: () => [],
  gross_revenue: (_, id) => [
    { op: 'error', id, code: 'forbidden', message: 'local may not read gross_revenue' },
  ],
  average_order_value: (_, id) => [
    { op: 'error', id, code: 'unavailable', message: 'the store did not answer', retryAfterMs: 60_000 },
  ],
  promotion_conversion: (message) => [{ ...message, ...points(message, () => []) }],
  active_users: (message) => [
    {
      ...message,
      ...points(message, (all) =>
        all.map((one, at) => ({ ...one, incomplete: at % 40 === 12 || one.incomplete })),
      ),
    },
  ],
  orders: (message) => [
    { ...message, ...points(message, (all) => all.filter(({ end }) => end < Date.now() - 5 * MINUTE)) },
  ],
};

/** Whatever the machine is doing: a state that is looked for must not hide behind another, nor behind an alert. */
const FRESH: Partial<Freshness> = { status: 'fresh', behindMs: 700, quiet: false };

const FRESHNESS: Readonly<Record<string, Partial<Freshness>>> = {
  payment_latency_p95: { status: 'unknown', asOfMs: null, behindMs: null },
  page_views: { status: 'catching_up', behindMs: 94_000, lagMessages: 48_210 },
  orders: { quiet: true },
};

/** From its next connection on, the page sees one metric in each state: loading, forbidden, error, empty, gap, quiet … */
export async function showStates(page: Page): Promise<void> {
  await page.route('**/api/alerts', (route) => route.fulfill({ json: { atMs: Date.now(), alerts: [] } }));
  await page.routeWebSocket(/\/live$/, (socket) => {
    const server = socket.connectToServer();
    const metrics = new Map<string, string>();
    socket.onMessage((text) => {
      const message = JSON.parse(String(text)) as { op: string; id?: string; selection?: { metric: string } };
      if (message.op === 'subscribe') metrics.set(message.id ?? '', message.selection?.metric ?? '');
      server.send(text);
    });
    server.onMessage((text) => {
      const message = serverMessageSchema.parse(JSON.parse(String(text)));
      if (message.op === 'freshness') {
        const changed = message.metrics.map((one) => ({ ...one, ...FRESH, ...FRESHNESS[one.metric] }));
        socket.send(JSON.stringify({ ...message, metrics: changed }));
        return;
      }
      const id = 'id' in message ? message.id : undefined;
      const change = id === undefined ? undefined : CHANGES[metrics.get(id) ?? ''];
      const changed = id === undefined ? undefined : change?.(message, id);
      for (const one of changed ?? [message]) socket.send(JSON.stringify(one));
    });
  });
}

function points(message: ServerMessage, change: (all: readonly Point[]) => readonly Point[]): object {
  if (message.op === 'snapshot') return { points: change(message.points) };
  return message.op === 'delta' ? { changes: change(message.changes) } : {};
}
