import { type ClientMessage, type ServerMessage } from '@freshet/live-protocol';
import { WebSocket } from 'ws';
import { quantiles } from '../measure/latency.js';
import { type Audience, type Seen } from './viewers-process.js';

/** `node view.js <url> <audience as JSON>`: watches, then writes what it saw as JSON. */
const [url = '', text = '{}'] = process.argv.slice(2);
const audience = JSON.parse(text) as Audience;

const PING_EVERY_MS = 3_000;
const WARM_UP_MS = 10_000;
const RANGE_MS = 900_000;
const OPEN_AT_ONCE = 20;
/** How a delta begins, and what stands before the time when the server had it. */
const DELTA = Buffer.from('{"op":"delta"');
const SERVED_AT = '"servedAtMs":';

/** What a dashboard subscribes to: each metric whole, then split. */
const selections: readonly (readonly [metric: string, groupBy: string[]])[] = [
  ['orders', []],
  ['gross_revenue', []],
  ['average_order_value', []],
  ['checkout_failure_rate', []],
  ['active_users', []],
  ['promotion_conversion', []],
  ['page_views', []],
  ['payment_latency_p95', []],
  ['orders', ['region']],
  ['page_views', ['page']],
];

let connected = 0;
let snapshots = 0;
const latencies: number[] = [];
const errors: Record<string, number> = {};
const countFromMs = Date.now() + WARM_UP_MS;
const sockets: WebSocket[] = [];

for (let index = 0; index < audience.sockets; index++) {
  sockets.push(open(audience.tokens?.[index % audience.tokens.length]));
  if (index % OPEN_AT_ONCE === OPEN_AT_ONCE - 1) await pause(20);
}
await pause(audience.seconds * 1_000);
const seen: Seen = {
  connected,
  snapshots,
  updates: latencies.length,
  updatesPerSecond: latencies.length / ((Date.now() - countFromMs) / 1e3),
  latency: quantiles(latencies),
  errors,
};
process.stdout.write(JSON.stringify(seen), () => process.exit(0));

function open(token: string | undefined): WebSocket {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/live`, { perMessageDeflate: false });
  const send = (message: ClientMessage) => socket.send(JSON.stringify(message));
  let pinging: NodeJS.Timeout | undefined;
  const fault = (what: string) => (errors[what] = (errors[what] ?? 0) + 1);
  socket.on('open', () => send({ op: 'hello', protocol: 1, ...(token === undefined ? {} : { token }) }));
  socket.on('error', (error) => fault(error.message));
  socket.on('close', (_code, reason) => {
    clearInterval(pinging);
    fault(`closed: ${reason.toString()}`);
  });
  socket.on('message', (data: Buffer) => {
    // Nearly all are deltas: parsing them would take more of the machine than the gateway does.
    if (DELTA.equals(data.subarray(0, DELTA.length))) {
      const nowMs = Date.now();
      if (nowMs >= countFromMs) latencies.push(nowMs - servedAtMs(data));
      return;
    }
    const message = JSON.parse(data.toString()) as ServerMessage;
    if (message.op === 'welcome') {
      connected++;
      pinging = setInterval(() => send({ op: 'ping', sentAtMs: Date.now() }), PING_EVERY_MS);
      for (const [number, [metric, groupBy]] of selections.slice(0, audience.subscriptions).entries()) {
        const range = { kind: 'last', ms: RANGE_MS } as const;
        send({ op: 'subscribe', id: String(number), selection: { metric, groupBy, filter: {}, range } });
      }
    } else if (message.op === 'snapshot') snapshots++;
    else if (message.op === 'error') fault(message.message);
  });
  return socket;
}

function servedAtMs(delta: Buffer): number {
  const from = delta.indexOf(SERVED_AT) + SERVED_AT.length;
  return parseInt(delta.toString('latin1', from, from + 16), 10);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
