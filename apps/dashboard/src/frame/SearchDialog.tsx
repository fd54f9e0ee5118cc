import { Modal } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useId, useState, type KeyboardEvent } from 'react';
import { type MetricInfo } from '@freshet/live-protocol';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';
import classes from './Dialogs.module.css';

/** Metrics whose title, name, team or owner contain every word that was typed; titles that begin so come first. */
function find(metrics: readonly MetricInfo[], typed: string): readonly MetricInfo[] {
  const asked = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return metrics
    .filter((metric) => {
      const text = `${metric.title} ${metric.name} ${metric.team} ${metric.owner}`.toLowerCase();
      return asked.every((word) => text.includes(word));
    })
    .sort((a, b) => Number(begins(b, asked)) - Number(begins(a, asked)));
}

function begins(metric: MetricInfo, asked: readonly string[]): boolean {
  return asked[0] !== undefined && metric.title.toLowerCase().startsWith(asked[0]);
}

export function SearchDialog({ close }: { close: () => void }) {
  const { frame } = useWords();
  return (
    <Modal.Root opened onClose={close} size={480} yOffset={88} transitionProps={{ duration: 0 }}>
      <Modal.Overlay backgroundOpacity={0.3} />
      <Modal.Content aria-label={frame.find}>
        <Finder close={close} />
      </Modal.Content>
    </Modal.Root>
  );
}

function Finder({ close }: { close: () => void }) {
  const { frame } = useWords();
  const { metrics } = useBusiness();
  const navigate = useNavigate();
  const list = useId();
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(0);
  const found = find(metrics, typed);
  const go = (metric: MetricInfo | undefined) => {
    if (metric === undefined) return;
    close();
    void navigate({ to: '/metrics/$name', params: { name: metric.name } });
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setChosen(Math.min(chosen + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setChosen(Math.max(chosen - 1, 0));
    else if (event.key === 'Enter') go(found[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        className={classes['input']}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={press}
        placeholder={frame.find}
        aria-label={frame.find}
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={found[chosen] === undefined ? undefined : `${list}-${chosen}`}
        autoFocus
        data-autofocus
      />
      <ul id={list} role="listbox" aria-label={frame.find} className={classes['found']}>
        {found.map((metric, index) => (
          <li
            key={metric.name}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === chosen}
            onPointerEnter={() => setChosen(index)}
            onClick={() => go(metric)}
          >
            <b>{metric.title}</b>
            <span>{metric.subtitle}</span>
            <span className={classes['foundTeam']}>{metric.team}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className={classes['none']}>{frame.findNone}</p>}
    </>
  );
}
