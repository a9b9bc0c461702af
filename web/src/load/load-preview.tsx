import { SimpleGrid, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { LoadEstimate } from '../../../workflows/contracts/load-estimate.js';
import type { ApiProblem } from '../api/problem.js';
import { Notice } from '../shell/notice.js';
import { QueryStates } from '../shell/query-states.js';
import { duration } from '../times.js';

/** What a change would mean, before it is saved: how many people, how fresh, how long at first. */
export function LoadPreview({ query }: { query: UseQueryResult<LoadEstimate, ApiProblem> }) {
  if (query.error !== null) {
    return (
      <Notice tone="info" icon="question" title="How much there is to read is not known right now">
        SmartRecruiters did not say. You can go on: what has to be read is read as fast as it
        allows.
      </Notice>
    );
  }
  return (
    <QueryStates query={query} rows={2}>
      {(load) => <Estimate load={load} />}
    </QueryStates>
  );
}

function Estimate({ load }: { load: LoadEstimate }) {
  const { stalenessSeconds, firstImportSeconds, latenessFactor } = load;
  return (
    <Stack gap="sm" role="group" aria-label="What has to be read">
      <SimpleGrid cols={3} spacing="sm">
        <Figure value={load.applications.toLocaleString('en')} label="candidates followed" />
        <Figure value={duration(stalenessSeconds.hot)} label="until a moved interview shows" />
        <Figure
          value={firstImportSeconds === 0 ? 'none' : duration(firstImportSeconds)}
          label="first reading"
        />
      </SimpleGrid>
      <Text size="sm">{load.explanation}</Text>
      {load.interviewsAhead === 0 ? null : (
        <Text size="sm" c="dimmed">
          {load.interviewsAhead === 1
            ? 'One interview ahead is known so far.'
            : `${load.interviewsAhead.toLocaleString('en')} interviews ahead are known so far.`}
        </Text>
      )}
      {load.recommendation === null ? null : (
        <Notice tone={latenessFactor > 1 ? 'warn' : 'info'} title="Webhooks would make this faster">
          The Connection tab says how to add them. It takes one more scope.
        </Notice>
      )}
    </Stack>
  );
}

function Figure({ value, label }: { value: string; label: string }) {
  return (
    <div>
      <Text fz="1.25rem" fw={650} lh={1.2} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {value}
      </Text>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
    </div>
  );
}
