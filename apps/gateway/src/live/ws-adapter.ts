import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { MAX_INBOUND_BYTES } from '@freshet/live-protocol';
import type { WebSocketAdapter } from '@nestjs/common';
import { WebSocketServer, type WebSocket } from 'ws';

export interface UpgradePolicy {
  readonly path: string;
  /** Undefined: may connect; else why not. */
  refusal(request: IncomingMessage): string | undefined;
}

/**
 * The socket server as thin as can be: frames go to the hub as they are, which answers bad ones itself.
 * Compression per message is off (memory), frames above the protocol's bound close the socket (1009).
 */
export class LiveWsAdapter implements WebSocketAdapter<WebSocketServer, WebSocket> {
  constructor(
    private readonly http: Server,
    private readonly policy: UpgradePolicy,
  ) {}

  create(): WebSocketServer {
    const server = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_INBOUND_BYTES,
      perMessageDeflate: false,
    });
    this.http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      const path = new URL(request.url ?? '/', 'http://localhost').pathname;
      if (path !== this.policy.path)
        return refuse(socket, '404 Not Found', `the socket is at ${this.policy.path}`);
      const refusal = this.policy.refusal(request);
      if (refusal !== undefined) return refuse(socket, '403 Forbidden', refusal);
      server.handleUpgrade(request, socket, head, (client) => {
        // A broken frame or a reset is followed by `close`, which is where it ends.
        client.on('error', () => undefined);
        server.emit('connection', client, request);
      });
    });
    return server;
  }

  bindClientConnect(server: WebSocketServer, callback: (client: WebSocket) => void): void {
    server.on('connection', callback);
  }

  bindClientDisconnect(client: WebSocket, callback: () => void): void {
    client.on('close', callback);
  }

  bindMessageHandlers(): void {
    // The gateway reads the frames of its clients itself: there are no handlers by name.
  }

  close(server: WebSocketServer): void {
    for (const client of server.clients) client.terminate();
    server.close();
  }

  /** Called by Nest after every server has been closed. */
  dispose(): void {
    this.http.removeAllListeners('upgrade');
  }
}

function refuse(socket: Duplex, status: string, reason: string): void {
  const body = `${reason}\n`;
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
