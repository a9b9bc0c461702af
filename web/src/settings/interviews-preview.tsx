import { List, ScrollArea, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { type DecisionCode, decisionFor } from '../../../workflows/contracts/decision.js';
import type {
  ChangeCount,
  InterviewsPreview,
  PreviewedInterview,
} from '../../../workflows/contracts/load-estimate.js';
import type { ApiProblem } from '../api/problem.js';
import { useRoles } from '../api/queries.js';
import { Notice } from '../shell/notice.js';
import { QueryStates } from '../shell/query-states.js';
import { dateAndTime } from '../times.js';
import { verdictWords } from '../words.js';

/** The interviews of the next 30 days under a change that is not saved yet. */
export function PreviewOfInterviews(props: {
  query: UseQueryResult<InterviewsPreview, ApiProblem>;
}) {
  return (
    <QueryStates query={props.query} rows={2}>
      {(preview) => <Preview preview={preview} />}
    </QueryStates>
  );
}

function Preview({ preview }: { preview: InterviewsPreview }) {
  const { considered, isPartial, noLonger, newly, changed } = preview;
  const all = `${isPartial ? 'the next ' : ''}${counted(considered)}`;
  const total = noLonger.count + newly.count;
  return (
    <Stack gap="sm" role="group" aria-label="What this changes">
      <Text size="sm" c="dimmed">
        {isPartial
          ? `Tried on ${all}; there are more within 30 days.`
          : `Tried on ${all} within the next 30 days. Nothing is saved yet.`}
      </Text>
      {total === 0 ? <Notice tone="info" icon="check" title="None of them would change" /> : null}
      {noLonger.count > 0 ? (
        <Counted
          tone="warn"
          title={`${counted(noLonger.count)} would no longer be joined`}
          change={noLonger}
        />
      ) : null}
      {newly.count > 0 ? (
        <Counted
          tone="good"
          title={`${counted(newly.count)} would be joined that ${newly.count === 1 ? 'is' : 'are'} not now`}
          change={newly}
        />
      ) : null}
      {changed.length > 0 ? <Named changed={changed} total={total} /> : null}
    </Stack>
  );
}

function Counted(props: { tone: 'warn' | 'good'; title: string; change: ChangeCount }) {
  const codes = Object.entries(props.change.byCode) as [DecisionCode, number][];
  return (
    <Notice tone={props.tone} title={props.title}>
      <List size="sm" listStyleType="none">
        {codes.map(([code, count]) => (
          <List.Item key={code}>
            {count.toLocaleString('en')} × {decisionFor(code).explanation}
          </List.Item>
        ))}
      </List>
    </Notice>
  );
}

function Named({ changed, total }: { changed: PreviewedInterview[]; total: number }) {
  const roles = useRoles();
  const titles = new Map(roles.data?.items.map(({ jobId, title }) => [jobId, title]));
  return (
    <ScrollArea.Autosize mah="14rem" type="auto" viewportProps={{ tabIndex: 0 }}>
      <List size="sm" spacing={4} listStyleType="none" aria-label="Interviews that would change">
        {changed.map(({ interviewId, jobId, startsAt, before, after }) => (
          <List.Item key={interviewId}>
            {`${dateAndTime(startsAt)} · ${titles.get(jobId) ?? jobId}: ${standing(before)} → ${standing(after)}`}
          </List.Item>
        ))}
      </List>
      {total > changed.length ? (
        <Text size="sm" c="dimmed" mt="xs">
          {`and ${(total - changed.length).toLocaleString('en')} more`}
        </Text>
      ) : null}
    </ScrollArea.Autosize>
  );
}

function standing(code: DecisionCode): string {
  return verdictWords[decisionFor(code).verdict].label.toLowerCase();
}

function counted(count: number): string {
  return count === 1 ? 'one interview' : `${count.toLocaleString('en')} interviews`;
}
