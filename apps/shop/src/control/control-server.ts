import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import type { Registry } from 'prom-client';

import type { Shop } from '../shop.js';
import { parseIncident } from './incident-request.js';
import { CONTROL_PAGE } from './page.js';

/** `/health` tells a running shop from anything else by this name. */
export const APP_NAME = 'freshet-shop';
const LONGEST_BODY = 4_096;
/** A shop that has something to send and got no acknowledgement for this long is not well. */
const UNACKNOWLEDGED_MS = 30_000;

/** What is served; the shop and its numbers exist once it has reached Kafka. */
export interface Controlled {
  shop: Shop | undefined;
  registry: Registry | undefined;
}

/**
 * The shop's control panel, incidents, numbers and health over HTTP, on loopback alone. Requests that come from another
 * site's page, or under a name that is not this machine's, are refused.
 */
export function createControlServer(controlled: Controlled): Server {
  return createServer((request, response) => {
    answer(controlled, request, response).catch((error: unknown) => {
      if (!response.headersSent) json(response, 500, { error: String(error) });
    });
  });
}

async function answer(
  controlled: Controlled,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!fromHere(request)) return json(response, 403, { error: 'Only pages of this address may ask.' });
  const url = new URL(request.url ?? '/', 'http://localhost');
  const route = `${request.method} ${url.pathname}`;
  const { shop, registry } = controlled;
  if (route === 'GET /') {
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'self' 'unsafe-inline'",
    });
    response.end(CONTROL_PAGE);
    return;
  }
  if (route === 'GET /health') return health(shop, response);
  if (shop === undefined || registry === undefined) {
    return json(response, 503, { error: 'The shop has not reached Kafka yet.' });
  }
  if (route === 'GET /metrics') {
    response.writeHead(200, { 'content-type': registry.contentType });
    response.end(await registry.metrics());
    return;
  }
  if (route === 'GET /incidents')
    return json(response, 200, { nowMs: Date.now(), incidents: shop.incidents.list() });
  const [, first, second] = url.pathname.split('/');
  if (first === 'incidents' && request.method === 'POST' && second) {
    const parameters = await readParameters(request, url);
    const parsed =
      'problem' in parameters ? parameters : parseIncident(decodeURIComponent(second), parameters.values);
    if ('problem' in parsed) return json(response, 400, { error: parsed.problem });
    return json(response, 201, shop.incidents.start(parsed.request, Date.now()));
  }
  if (first === 'incidents' && request.method === 'DELETE') {
    const ended = shop.incidents.end(Date.now(), second ? Number(second) : undefined);
    return json(response, 200, { ended });
  }
  json(response, 404, { error: `There is nothing at ${route}` });
}

function health(shop: Shop | undefined, response: ServerResponse): void {
  const sinceMs = shop?.acknowledgedAtMs === undefined ? undefined : Date.now() - shop.acknowledgedAtMs;
  const well =
    shop !== undefined && sinceMs !== undefined && (sinceMs < UNACKNOWLEDGED_MS || shop.behindMs < 5_000);
  json(response, well ? 200 : 503, {
    app: APP_NAME,
    status: well ? 'ok' : 'not producing',
    live: shop?.live ?? false,
    behindMs: shop?.behindMs ?? null,
    lastAcknowledgedMs: sinceMs ?? null,
  });
}

/** No Origin or this very host, and a host name that no foreign name server can point here. */
function fromHere(request: IncomingMessage): boolean {
  const host = request.headers.host ?? '';
  const { origin } = request.headers;
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host) && (!origin || origin === `http://${host}`);
}

async function readParameters(
  request: IncomingMessage,
  url: URL,
): Promise<{ values: object } | { problem: string }> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > LONGEST_BODY) return { problem: 'The body is too long.' };
  }
  const asked = Object.fromEntries(url.searchParams);
  if (text.trim() === '') return { values: asked };
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && !Array.isArray(body))
      return { values: { ...asked, ...body } };
  } catch {
    // Told below.
  }
  return { problem: 'The body must be a JSON object, such as {"minutes": 3}.' };
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
