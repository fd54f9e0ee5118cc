import { type MetricInfo } from '@freshet/live-protocol';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { metricsQuery } from './rest.js';

/** Numbers of another definition than the page knows: it was promoted meanwhile, so the page asks what it is now. */
export function useNewDefinition(metric: MetricInfo, revision: string | undefined): void {
  const queries = useQueryClient();
  const isNew = revision !== undefined && revision !== '' && revision !== metric.revision;
  useEffect(() => {
    if (isNew) void queries.invalidateQueries({ queryKey: metricsQuery.queryKey });
  }, [queries, isNew, revision]);
}
