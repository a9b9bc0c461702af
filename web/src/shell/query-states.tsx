import { Skeleton, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ApiProblem } from '../api/problem.js';
import { Icon, type IconName } from './icons.js';
import classes from './parts.module.css';
import { ProblemNotice } from './problem-notice.js';

/** Skeleton while loading, the problem with a retry when it failed, else the content. */
export function QueryStates<T>(props: {
  query: Pick<UseQueryResult<T, ApiProblem>, 'data' | 'error' | 'refetch'>;
  rows?: number;
  children: (data: T) => ReactNode;
}) {
  const { query, rows = 3, children } = props;
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) {
    return <ProblemNotice problem={query.error} retry={() => void query.refetch()} />;
  }
  return (
    <Stack gap="sm" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => `row-${row}`).map((row) => (
        <Skeleton key={row} height={52} />
      ))}
    </Stack>
  );
}

export function EmptyState(props: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className={classes.empty}>
      <Icon name={props.icon} size={28} />
      <Text fw={600} c="var(--mantine-color-text)">
        {props.title}
      </Text>
      <Text size="sm" maw="46ch">
        {props.children}
      </Text>
    </div>
  );
}
