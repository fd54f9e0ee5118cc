import { Again, Attention, Clock, Diamond, Lock, Pause, QuietRing, Triangle } from '../design/icons.js';
import { Badge, Gauge } from '../design/primitives.js';
import { useBusiness } from '../live/business.js';
import { useServerTime } from '../live/clock.js';
import { useWords } from '../words/words.js';
import { type TileModel } from './use-tile.js';
import classes from './Tile.module.css';

/** At the right of the title: the gauge while all is well, otherwise what is the matter. */
export function TileBadge({ model, waiting }: { model: TileModel; waiting: number | undefined }) {
  const words = useWords();
  const { figures } = useBusiness();
  const nowMs = useServerTime(1000);
  const { state, freshness } = model;
  if (waiting !== undefined) {
    return (
      <Badge tone="plain" icon={<Pause />}>
        {words.metric.paused(String(waiting)).replace(/^.*?, /, '')}
      </Badge>
    );
  }
  switch (state.kind) {
    case 'loading':
      return <span className={classes['behind']}>{words.frame.loading}</span>;
    case 'stale':
      return (
        <Badge tone="warn" icon={<Diamond />}>
          {words.tile.stale(figures.duration(state.freshness.behindMs ?? 0))}
        </Badge>
      );
    case 'catching_up':
      return (
        <Badge tone="warn" icon={<Clock />}>
          {words.tile.catchingUp}
        </Badge>
      );
    case 'filling':
      return (
        <Badge tone="plain" icon={<Clock />}>
          {words.tile.filling}
        </Badge>
      );
    case 'unknown':
      return (
        <Badge tone="plain" icon={<QuietRing />}>
          {words.tile.unknown}
        </Badge>
      );
    case 'reconnecting':
      return (
        <Badge tone="plain" icon={<Again />}>
          {words.tile.reconnecting}
        </Badge>
      );
    case 'alert':
      return (
        <Badge tone="bad" icon={<Triangle />}>
          {words.tile.alert(figures.duration(nowMs - state.alert.sinceMs))}
        </Badge>
      );
    case 'error':
      return (
        <Badge tone="bad" icon={<Attention />}>
          {words.tile.error}
        </Badge>
      );
    case 'forbidden':
      return (
        <Badge tone="plain" icon={<Lock />}>
          {words.tile.noAccess}
        </Badge>
      );
    case 'gap':
      return (
        <Badge tone="warn" icon={<Attention />}>
          {words.tile.gap(figures.span(state.toMs - state.fromMs))}
        </Badge>
      );
    case 'quiet':
      return (
        <Badge tone="plain" icon={<QuietRing />}>
          {words.tile.quiet}
        </Badge>
      );
    case 'empty':
    case 'fresh': {
      if (freshness?.behindMs === null || freshness === undefined) return null;
      const behind = figures.duration(freshness.behindMs);
      return (
        <span
          className={classes['behind']}
          title={words.tile.behind(behind, figures.span(freshness.targetMs))}
        >
          <Gauge share={freshness.behindMs / freshness.targetMs} />
          {behind}
        </span>
      );
    }
  }
}
