import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, type ReactNode } from 'react';
import { Notice } from '../design/primitives.js';
import { parseAddress } from '../explain/address.js';
import { Figures } from '../figures/figures.js';
import { BusinessContext, type Business } from '../live/business.js';
import { alertsQuery, GatewayError, metricsQuery } from '../live/rest.js';
import { localeOf } from '../words/language.js';
import { useLanguage } from '../words/words.js';
import { KeysDialog } from './KeysDialog.js';
import { KeysDialogContext } from './keys.js';
import { SearchDialog } from './SearchDialog.js';
import { TopBar } from './TopBar.js';
import { useKeys } from './useKeys.js';
import classes from './Frame.module.css';

const ExplainDrawer = lazy(() => import('../explain/ExplainDrawer.js'));
const WallPage = lazy(() => import('../wall/WallPage.js'));

/** Around every page: the business and its metrics are known below here. */
export function Frame() {
  const { wall } = useSearch({ from: '__root__' });
  return (
    <BusinessGate>
      {wall === true ? (
        <Suspense>
          <WallPage />
        </Suspense>
      ) : (
        <WithBar />
      )}
    </BusinessGate>
  );
}

function WithBar() {
  const { explain } = useSearch({ from: '__root__' });
  const explained = useMemo(() => parseAddress(explain), [explain]);
  const [searching, search] = useDisclosure(false);
  const [listing, keys] = useDisclosure(false);
  useKeys(search.open, keys.open);
  return (
    <KeysDialogContext.Provider value={keys.open}>
      <TopBar openSearch={search.open} openKeys={keys.open} />
      <main id="content" className={classes['page']} tabIndex={-1}>
        <Outlet />
      </main>
      {explained !== undefined && (
        <Suspense>
          <ExplainDrawer key={explain} address={explained} />
        </Suspense>
      )}
      {searching && <SearchDialog close={search.close} />}
      {listing && <KeysDialog close={keys.close} />}
    </KeysDialogContext.Provider>
  );
}

/** Reads the catalogue; until it is there, says so, and what to do when the gateway does not answer. */
function BusinessGate({ children }: { children: ReactNode }) {
  const { language } = useLanguage();
  const { frame } = language.words;
  const catalogue = useQuery(metricsQuery);
  const alerts = useQuery(alertsQuery);
  const known = useMemo((): Business | undefined => {
    if (catalogue.data === undefined) return undefined;
    const { business } = catalogue.data;
    const openAlerts = (alerts.data?.alerts ?? [])
      .filter(({ status }) => status === 'firing' || status === 'acknowledged')
      .sort((a, b) => a.sinceMs - b.sinceMs);
    return {
      business,
      metrics: order(catalogue.data.metrics),
      problems: catalogue.data.problems,
      figures: new Figures(
        localeOf(language, business.locale),
        business.currency,
        business.timeZone,
        language.words.compare.points,
      ),
      alerts: new Map(openAlerts.flatMap((alert) => alert.metrics.map((metric) => [metric, alert]))),
      openAlerts,
    };
  }, [catalogue.data, alerts.data, language]);
  if (known !== undefined)
    return <BusinessContext.Provider value={known}>{children}</BusinessContext.Provider>;
  const failure = catalogue.failureReason;
  return (
    <div className={classes['gate']}>
      {failure === null ? null : (
        <Notice
          title={
            failure instanceof GatewayError && failure.status < 500 ? failure.message : frame.gatewayDown
          }
          hint={
            failure instanceof GatewayError && failure.remedy !== undefined
              ? failure.remedy
              : frame.gatewayDownHint
          }
        />
      )}
    </div>
  );
}

/** Teams by their first metric; within a team by `order`. */
function order<M extends { team: string; order: number; title: string }>(
  metrics: readonly M[],
): readonly M[] {
  const first = new Map<string, number>();
  for (const { team, order: at } of metrics) first.set(team, Math.min(first.get(team) ?? Infinity, at));
  return [...metrics].sort(
    (a, b) =>
      (first.get(a.team) ?? 0) - (first.get(b.team) ?? 0) ||
      (a.team === b.team ? 0 : a.team < b.team ? -1 : 1) ||
      a.order - b.order ||
      (a.title < b.title ? -1 : 1),
  );
}
