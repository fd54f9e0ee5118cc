import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NestExpressApplication } from '@nestjs/platform-express';

const BUILT = fileURLToPath(new URL('../../../dashboard/dist', import.meta.url));
const OWN_PATHS = /^\/(api(\/|$)|live$|metrics$)/;

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}
interface Response {
  set(name: string, value: string): Response;
  status(code: number): Response;
  type(name: string): Response;
  send(body: string): void;
  sendFile(path: string): void;
}

/** Serves the built dashboard: files as they are, every other page by its index (its routes are the browser's). */
export function serveDashboard(app: NestExpressApplication, folder: string | undefined): boolean {
  const root = resolve(folder ?? BUILT);
  const index = join(root, 'index.html');
  const isBuilt = existsSync(index);
  if (isBuilt) {
    app.useStaticAssets(root, {
      index: false,
      setHeaders: (response, path) => {
        const isHashed = path.includes(`${root}/assets/`);
        response.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
        // The scripts are no secret: pages of other origins may embed them. Who may open the socket is FRESHET_ORIGINS'.
        response.setHeader('access-control-allow-origin', '*');
        response.setHeader('cross-origin-resource-policy', 'cross-origin');
      },
    });
  }
  app.use((request: Request, response: Response, next: () => void) => {
    const isPage = request.method === 'GET' && (request.headers['accept'] ?? '').includes('text/html');
    if (!isPage || OWN_PATHS.test(request.path)) return next();
    if (isBuilt) return response.set('cache-control', 'no-cache').sendFile(index);
    response
      .status(503)
      .type('text/plain')
      .send('The dashboard is not built: run "npm run build", then load this page again.\n');
  });
  return isBuilt;
}
