import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { BadSetting } from '../config.js';
import { APP_NAME } from './control-server.js';

/**
 * Listens on loopback at `port`. Where another shop holds it, this one is a second shop and listens on a free port.
 * Throws BadSetting when something else holds the port.
 */
export async function listen(server: Server, port: number): Promise<{ port: number; second: boolean }> {
  if (await tryListen(server, port)) return { port: portOf(server), second: false };
  if (!(await isShop(port))) {
    throw new BadSetting(`Port ${port} is taken by another program: choose one with FRESHET_METRICS_PORT.`);
  }
  await tryListen(server, 0);
  return { port: portOf(server), second: true };
}

function tryListen(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error);
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', failed);
      resolve(true);
    });
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function isShop(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(2_000) });
    return ((await response.json()) as { app?: string }).app === APP_NAME;
  } catch {
    return false;
  }
}
