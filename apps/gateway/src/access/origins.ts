import type { IncomingMessage } from 'node:http';
import type { GatewayConfig } from '../config.js';

/**
 * Pages that may open the socket: exactly these, or none given (programs send no Origin). A foreign page in
 * the browser of somebody on this machine is kept out by it.
 */
export function originRefusal(
  config: GatewayConfig,
  port: number,
): (request: IncomingMessage) => string | undefined {
  const allowed = new Set(config.origins);
  const names = ['localhost', '127.0.0.1', '[::1]', ...(config.isLoopback ? [] : [config.host])];
  for (const name of names) allowed.add(`http://${name}:${port}`);
  return (request) => {
    const origin = request.headers.origin;
    if (origin === undefined || allowed.has(origin)) return undefined;
    return `pages of ${origin} may not connect: add it to FRESHET_ORIGINS`;
  };
}

/** On loopback, names that point here by a trick of DNS are refused. */
export function isLocalName(hostHeader: string | undefined): boolean {
  const name = (hostHeader ?? '').replace(/:\d+$/, '').toLowerCase();
  return name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name);
}
