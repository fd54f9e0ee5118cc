import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real HTTP server on loopback that keeps what is posted to it. */
export interface HttpReceiver {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly { readonly headers: IncomingHttpHeaders; readonly body: unknown }[];
  /** Status of the next answers; 200 at first. */
  answer(status: number, headers?: Readonly<Record<string, string>>): void;
  stop(): Promise<void>;
}

/** @param port 0: a free one */
export async function startHttpReceiver(port = 0): Promise<HttpReceiver> {
  const requests: { headers: IncomingHttpHeaders; body: unknown }[] = [];
  let next: readonly [number, Readonly<Record<string, string>>] = [200, {}];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      requests.push({ headers: request.headers, body: JSON.parse(text) });
      response.writeHead(next[0], next[1]).end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}/hook`,
    port: bound,
    requests,
    answer: (status, headers = {}) => (next = [status, headers]),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
