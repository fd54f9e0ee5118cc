import { type ContractInfo } from '@freshet/live-protocol';
import { useQuery } from '@tanstack/react-query';
import { Card, Notice } from '../design/primitives.js';
import { useBusiness } from '../live/business.js';
import { contractsQuery } from '../live/rest.js';
import { useWords } from '../words/words.js';
import classes from './Catalogue.module.css';

/** Every topic's promise: whose it is, its fields, and what became of its events. */
export function ContractList() {
  const { catalogue: words } = useWords();
  const { data, error } = useQuery(contractsQuery);
  return (
    <section className={classes['contracts']} aria-label={words.contracts}>
      <header className={classes['head']}>
        <h2>{words.contracts}</h2>
        <p>{words.contractsHint}</p>
      </header>
      {error !== null && <Notice title={error.message} />}
      {(data?.contracts ?? []).map((contract) => (
        <div key={contract.name} className={classes['contract']}>
          <Card label={contract.title}>
            <One contract={contract} />
          </Card>
        </div>
      ))}
    </section>
  );
}

function One({ contract }: { contract: ContractInfo }) {
  const { catalogue: words, explain } = useWords();
  const { figures } = useBusiness();
  const { quality } = contract;
  const all = quality.counted + quality.duplicate + quality.invalid + quality.ignored;
  const outcomes = ['counted', 'duplicate', 'invalid', 'ignored'] as const;
  return (
    <>
      <header className={classes['contractHead']}>
        <div>
          <h3>
            {contract.title} <small>{contract.version}</small>
          </h3>
          <p>{contract.description}</p>
          <p>
            {words.topic} <b>{contract.topic}</b> · {contract.owner} ·{' '}
            {words.maxSilence(figures.span(contract.maxSilenceMs))}
          </p>
        </div>
        <dl className={classes['quality']} aria-label={words.quality}>
          {outcomes.map((outcome) => (
            <div key={outcome} data-bad={(outcome === 'invalid' && quality.invalid > 0) || undefined}>
              <dt>{words[outcome]}</dt>
              <dd>
                {figures.decimals(quality[outcome], 0)}
                <small>
                  {all === 0 ? '' : `${figures.decimals((quality[outcome] / all) * 100, 2)}\u00a0%`}
                </small>
              </dd>
            </div>
          ))}
        </dl>
      </header>
      {quality.reasons.length > 0 && (
        <p className={classes['reasons']}>
          {words.reasons}:{' '}
          {quality.reasons.map(({ reason, count }) => `${reason} ${figures.decimals(count, 0)}`).join(' · ')}
        </p>
      )}
      <details className={classes['fields']}>
        <summary>
          {words.fields} ({figures.decimals(contract.fields.length, 0)})
        </summary>
        <div className={classes['scroll']}>
          <table className={classes['table']}>
            <thead>
              <tr>
                <th scope="col">{words.field}</th>
                <th scope="col">{words.type}</th>
                <th scope="col">{words.required}</th>
                <th scope="col">{words.classification}</th>
                <th scope="col">{words.meaning}</th>
              </tr>
            </thead>
            <tbody>
              {contract.fields.map((field) => (
                <tr key={field.name}>
                  <th scope="row">{field.name}</th>
                  <td>{field.type}</td>
                  <td>{field.required ? words.yes : words.optional}</td>
                  <td>
                    {explain.classes[field.classification as keyof typeof explain.classes] ??
                      field.classification}
                  </td>
                  <td>{field.description}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}
