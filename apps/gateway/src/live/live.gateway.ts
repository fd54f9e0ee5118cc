import { Inject } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection, type OnGatewayDisconnect } from '@nestjs/websockets';
import { LiveHub, type Session, type Viewer } from '@freshet/live-hub';
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';

/** Gives every socket to the hub. */
@WebSocketGateway()
export class LiveGateway implements OnGatewayConnection<WebSocket>, OnGatewayDisconnect<WebSocket> {
  readonly #sessions = new WeakMap<WebSocket, Session>();

  constructor(@Inject(LiveHub) private readonly hub: LiveHub) {}

  handleConnection(client: WebSocket, { socket }: IncomingMessage): void {
    const viewer: Viewer = {
      send: (text) => {
        if (client.readyState === client.OPEN) client.send(text);
      },
      together: (work) => {
        socket.cork();
        try {
          work();
        } finally {
          socket.uncork();
        }
      },
      get bufferedBytes() {
        return client.bufferedAmount;
      },
      close: (code, reason) => {
        client.close(code, reason);
        // A client that does not answer the close would keep the socket for half a minute.
        setTimeout(() => client.terminate(), 2_000).unref();
      },
    };
    const session = this.hub.connect(viewer);
    if (session === undefined) return;
    this.#sessions.set(client, session);
    client.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) session.refuse({ code: 'bad_message', message: 'messages are JSON text, not binary' });
      else session.receive(data.toString('utf8'));
    });
  }

  handleDisconnect(client: WebSocket): void {
    this.#sessions.get(client)?.gone();
  }
}
