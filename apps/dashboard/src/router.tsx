import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { parseAddress } from './explain/address.js';
import { Failed, NotFound } from './frame/Failed.js';
import { Frame } from './frame/Frame.js';
import { parseView, type ViewSearch } from './metric/view.js';

interface RootSearch {
  readonly wall?: true;
  /** Seconds that each page of the wall stays; absent: it does not cycle. */
  readonly cycle?: number;
  readonly explain?: string;
}

function cycleOf(value: unknown): number | undefined {
  const seconds = Number(value);
  return seconds >= 5 && seconds <= 3_600 ? seconds : undefined;
}

const root = createRootRoute({
  component: Frame,
  validateSearch: (search: Record<string, unknown>): RootSearch => ({
    ...('wall' in search && search['wall'] !== false ? { wall: true as const } : {}),
    ...(cycleOf(search['cycle']) === undefined ? {} : { cycle: Number(search['cycle']) }),
    ...(parseAddress(search['explain']) === undefined ? {} : { explain: String(search['explain']) }),
  }),
  errorComponent: Failed,
  notFoundComponent: NotFound,
});

const pulse = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./pulse/PulsePage.js'), 'PulsePage'),
});

const metric = createRoute({
  getParentRoute: () => root,
  path: '/metrics/$name',
  validateSearch: (search: Record<string, unknown>): ViewSearch => parseView(search),
  component: lazyRouteComponent(() => import('./metric/MetricPage.js'), 'MetricPage'),
});

const freshness = createRoute({
  getParentRoute: () => root,
  path: '/freshness',
  component: lazyRouteComponent(() => import('./freshness/FreshnessPage.js'), 'FreshnessPage'),
});

const alerts = createRoute({
  getParentRoute: () => root,
  path: '/alerts',
  component: lazyRouteComponent(() => import('./alerts/AlertsPage.js'), 'AlertsPage'),
});

const catalogue = createRoute({
  getParentRoute: () => root,
  path: '/catalogue',
  component: lazyRouteComponent(() => import('./catalogue/CataloguePage.js'), 'CataloguePage'),
});

const runbook = createRoute({
  getParentRoute: () => root,
  // As the catalogue names its pages, so that one path is right in files, messages and here.
  path: '/docs/runbooks/$file',
  component: lazyRouteComponent(() => import('./runbooks/RunbookPage.js'), 'RunbookPage'),
});

const preview = createRoute({
  getParentRoute: () => root,
  path: '/previews/$id',
  component: lazyRouteComponent(() => import('./preview/PreviewPage.js'), 'PreviewPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([pulse, metric, freshness, alerts, catalogue, runbook, preview]),
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
