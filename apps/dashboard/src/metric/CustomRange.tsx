import { Popover } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { toWallClock } from '../figures/calendar.js';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';
import classes from './Toolbar.module.css';

interface CustomRangeProps {
  readonly active: boolean;
  readonly fromMs: number;
  readonly toMs: number;
  /** Wall-clock times of the business. */
  readonly apply: (from: string, to: string) => void;
}

export function CustomRange({ active, fromMs, toMs, apply }: CustomRangeProps) {
  const { metric: words } = useWords();
  const { business } = useBusiness();
  const [open, setOpen] = useState(false);
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const from = String(form.get('from'));
    const to = String(form.get('to'));
    if (from === '' || to === '' || from >= to) return setWrong(true);
    setWrong(false);
    setOpen(false);
    apply(from, to);
  };
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-start"
      trapFocus
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <button type="button" aria-pressed={active} onClick={() => setOpen(!open)}>
          {words.custom}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <form onSubmit={submit} className={classes['form']}>
          <label>
            {words.from}
            <input type="datetime-local" name="from" defaultValue={toWallClock(fromMs, business.timeZone)} />
          </label>
          <label>
            {words.to}
            <input type="datetime-local" name="to" defaultValue={toWallClock(toMs, business.timeZone)} />
          </label>
          {wrong && <p role="alert">{words.wrongRange}</p>}
          <button type="submit">{words.apply}</button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
