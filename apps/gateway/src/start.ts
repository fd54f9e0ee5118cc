import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { AddressInfo } from 'node:net';
import helmet from 'helmet';
import { isLocalName, originRefusal } from './access/origins.js';
import { AppModule, type GatewayParts } from './app.module.js';
import { CanaryWatch } from './canary/canary-watch.js';
import type { GatewayConfig } from './config.js';
import { serveDashboard } from './dashboard/dashboard.js';
import { DEFAULT_LIMITS } from '@freshet/live-hub';
import { liveApi } from './live/asyncapi.js';
import { LiveWsAdapter } from './live/ws-adapter.js';
import { NestLog } from './telemetry/nest-log.js';
import { problemBody } from './rest/problem.js';
import { ProblemFilter } from './rest/problem.filter.js';

export interface RunningGateway {
  /** `http://host:port` */
  readonly url: string;
  /** Closes sockets with a reason, then the listener and the store's connections. */
  stop(): Promise<void>;
}

/** Puts the gateway together and listens. Rejects when the port cannot be opened. */
export async function startGateway(config: GatewayConfig, parts: GatewayParts): Promise<RunningGateway> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(parts), {
    logger: new NestLog(parts.log),
    abortOnError: false,
  });
  app.disable('x-powered-by');
  app.use(helmet({ contentSecurityPolicy: { directives: CSP }, hsts: false }));
  if (config.isLoopback) app.use(refuseForeignNames);
  app.useGlobalFilters(new ProblemFilter(parts.log));
  const isBuilt = serveDashboard(app, config.dashboardDir);
  if (!isBuilt) parts.log.warn('the dashboard is not built; only the API is served');
  describeApi(app);
  let refusal = originRefusal(config, config.port);
  const policy = { path: '/live', refusal: (request: Parameters<typeof refusal>[0]) => refusal(request) };
  app.useWebSocketAdapter(new LiveWsAdapter(app.getHttpServer(), policy));
  await app.listen(config.port, config.host);
  const { port } = app.getHttpServer().address() as AddressInfo;
  refusal = originRefusal(config, port);
  const canary = app.get(CanaryWatch);
  canary.start(`ws://${ownAddress(config.host)}:${port}/live`);
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return {
    url: `http://${host}:${port}`,
    stop: async () => {
      await canary.stop();
      await app.close();
      await parts.store.close();
    },
  };
}

/** Where the gateway reaches itself. */
function ownAddress(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

const SELF = ["'self'"];
const CSP = {
  'default-src': SELF,
  'script-src': SELF,
  // Mantine and Swagger set styles on elements.
  'style-src': [...SELF, "'unsafe-inline'"],
  'img-src': [...SELF, 'data:', 'blob:'],
  'font-src': [...SELF, 'data:'],
  'connect-src': [...SELF, 'ws:', 'wss:'],
  'frame-ancestors': SELF,
  'object-src': ["'none'"],
  'upgrade-insecure-requests': null,
};

function describeApi(app: NestExpressApplication): void {
  const document = new DocumentBuilder()
    .setTitle('Freshet')
    .setDescription(
      'Business metrics, how fresh they are, and how to get them. Live values: WebSocket at /live.',
    )
    .setVersion('1')
    .addBearerAuth()
    .build();
  SwaggerModule.setup('api/docs', app, () => SwaggerModule.createDocument(app, document), {
    jsonDocumentUrl: 'api/docs/openapi.json',
  });
  const live = JSON.stringify(liveApi(DEFAULT_LIMITS), null, 2);
  app.use('/api/docs/asyncapi.json', (_: Request, response: Response) =>
    response.type('application/json').send(live),
  );
}

interface Request {
  readonly headers: Readonly<Record<string, string | undefined>>;
}
interface Response {
  status(code: number): Response;
  type(name: string): Response;
  send(body: string): void;
}

function refuseForeignNames(request: Request, response: Response, next: () => void): void {
  if (isLocalName(request.headers['host'])) return next();
  const body = problemBody(
    403,
    'This gateway is for this machine only.',
    'Open it as http://localhost or 127.0.0.1.',
  );
  response.status(403).type('application/problem+json').send(JSON.stringify(body));
}
