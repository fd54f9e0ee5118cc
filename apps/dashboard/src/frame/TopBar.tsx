import { useConnection } from '@freshet/live-client/react';
import { Menu, useMantineColorScheme } from '@mantine/core';
import { Link, useMatches } from '@tanstack/react-router';
import { Logo, MenuLines, Search } from '../design/icons.js';
import { useBusiness } from '../live/business.js';
import { useServerTime } from '../live/clock.js';
import { LANGUAGES } from '../words/language.js';
import { useLanguage, useWords } from '../words/words.js';
import classes from './TopBar.module.css';

const PAGES = [
  { to: '/', key: 'pulse' },
  { to: '/freshness', key: 'freshness' },
  { to: '/alerts', key: 'alerts' },
  { to: '/catalogue', key: 'catalogue' },
] as const;

/** Metric pages belong to Pulse. */
function useIsMetric(): boolean {
  return useMatches({ select: (matches) => matches.some(({ routeId }) => routeId === '/metrics/$name') });
}

export function TopBar({ openSearch, openKeys }: { openSearch: () => void; openKeys: () => void }) {
  const { frame } = useWords();
  const { business, openAlerts } = useBusiness();
  const isMetric = useIsMetric();
  return (
    <header className={classes['bar']}>
      <a href="#content" className="skip">
        {frame.skip}
      </a>
      <Link to="/" className={classes['brand']}>
        <Logo />
        {frame.product}
      </Link>
      <span className={classes['slash']} aria-hidden="true">
        /
      </span>
      <span className={classes['business']}>{business.name}</span>
      <nav className={classes['pages']} aria-label={frame.pages}>
        {PAGES.map(({ to, key }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: to === '/' }}
            activeProps={{ 'data-active': true }}
            {...(isMetric && key === 'pulse' ? { 'data-active': true } : {})}
          >
            {frame[key]}
            {key === 'alerts' && openAlerts.length > 0 && (
              <span className={classes['count']} aria-label={frame.firing(String(openAlerts.length))}>
                {openAlerts.length}
              </span>
            )}
          </Link>
        ))}
      </nav>
      <button type="button" className={classes['search']} onClick={openSearch} aria-label={frame.find}>
        <Search />
        <span>{frame.find}</span>
        <kbd>/</kbd>
      </button>
      <Clock />
      <UserMenu openKeys={openKeys} />
    </header>
  );
}

function Clock() {
  const { business, figures } = useBusiness();
  const nowMs = useServerTime(1000);
  const place = business.timeZone.split('/').at(-1)?.replaceAll('_', ' ') ?? business.timeZone;
  return (
    <time className={classes['clock']} dateTime={new Date(nowMs).toISOString()}>
      <span className={classes['day']}>{figures.day(nowMs)}</span>
      <b>{figures.seconds(nowMs)}</b>
      <span className={classes['place']}>{place}</span>
    </time>
  );
}

function UserMenu({ openKeys }: { openKeys: () => void }) {
  const { language, speak } = useLanguage();
  const { frame } = language.words;
  const connection = useConnection();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const user = connection.kind === 'open' ? connection.user : undefined;
  const initials = (user?.name ?? '')
    .split(/[\s._-]+/)
    .map((word) => word.charAt(0).toUpperCase())
    .join('')
    .slice(0, 2);
  return (
    <Menu position="bottom-end" width={208} transitionProps={{ duration: 0 }}>
      <Menu.Target>
        <button type="button" className={classes['user']} aria-label={frame.menu}>
          {initials === '' ? <MenuLines /> : initials}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {user !== undefined && <Menu.Label>{frame.signedInAs(user.name, user.role)}</Menu.Label>}
        <div className={classes['narrowPages']}>
          {PAGES.map(({ to, key }) => (
            <Menu.Item key={to} component={Link} to={to}>
              {frame[key]}
            </Menu.Item>
          ))}
          <Menu.Divider />
        </div>
        <Menu.Label>{frame.appearance}</Menu.Label>
        {(['light', 'dark', 'auto'] as const).map((scheme) => (
          <Menu.Item
            key={scheme}
            onClick={() => setColorScheme(scheme)}
            rightSection={colorScheme === scheme ? '✓' : null}
          >
            {scheme === 'auto' ? frame.system : frame[scheme]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{frame.language}</Menu.Label>
        {LANGUAGES.map((one) => (
          <Menu.Item
            key={one.code}
            lang={one.code}
            onClick={() => speak(one)}
            rightSection={one === language ? '✓' : null}
          >
            {one.name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={openKeys} rightSection="?">
          {frame.keysTitle}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
