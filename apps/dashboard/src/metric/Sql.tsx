import classes from './Side.module.css';

const WORDS =
  /\b(SELECT|FROM|WHERE|AND|OR|ORDER BY|GROUP BY|LIMIT|DESC|ASC|AS|INTERVAL|IN|BETWEEN|FINAL|HAVING|WITH|JOIN|ON|CASE|WHEN|THEN|ELSE|END)\b/;

/** SQL with its own words marked; text only, nothing of it is run here. */
export function Sql({ text }: { text: string }) {
  return (
    <pre className={classes['sql']} tabIndex={0}>
      {text.split(WORDS).map((part, index) => (index % 2 === 1 ? <b key={index}>{part}</b> : part))}
    </pre>
  );
}
