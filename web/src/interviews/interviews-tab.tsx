import { Button, SegmentedControl, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useInterviews, useRoles } from '../api/queries.js';
import type { Installation, Interview } from '../api/types.js';
import { FreshnessSection } from '../freshness/freshness-section.js';
import { OutcomesSection } from '../freshness/outcomes-section.js';
import { EmptyState, QueryStates } from '../shell/query-states.js';
import { Section } from '../shell/section.js';
import { useNow } from '../shell/use-now.js';
import { groupRecent, groupUpcoming, type InterviewGroup } from './grouping.js';
import { InterviewDrawer } from './interview-drawer.js';
import { InterviewRow } from './interview-row.js';
import classes from './interviews.module.css';

type Shown = 'upcoming' | 'recent';
const pageSize = 25;

export function InterviewsTab({ installation }: { installation: Installation }) {
  const [shown, setShown] = useState<Shown>('upcoming');
  const [limit, setLimit] = useState(pageSize);
  const [opened, setOpened] = useState<Interview | null>(null);
  const now = useNow();
  const upcoming = useInterviews('upcoming');
  const recent = useInterviews('recent');
  const titles = useJobTitles();
  const query = shown === 'upcoming' ? upcoming : recent;
  const all = mergeById(recent.data?.items ?? [], upcoming.data?.items ?? []);

  const jobTitle = (interview: Interview) => titles.get(interview.jobId) ?? null;
  return (
    <Stack gap="md">
      <Section
        title="Interviews"
        description="Will the notetaker join, and why? This follows SmartRecruiters and the notetaker as things happen."
        aside={
          <SegmentedControl
            aria-label="Which interviews to list"
            value={shown}
            onChange={(value) => {
              setShown(value === 'recent' ? 'recent' : 'upcoming');
              setLimit(pageSize);
            }}
            data={[
              { value: 'upcoming', label: 'Upcoming' },
              { value: 'recent', label: 'Last 7 days' },
            ]}
          />
        }
      >
        <QueryStates query={query} rows={5}>
          {(list) => {
            const groups = shown === 'upcoming' ? groupUpcoming(all, now) : groupRecent(all, now);
            const total = groups.reduce((sum, group) => sum + group.items.length, 0);
            if (total === 0) return <NoInterviews shown={shown} installation={installation} />;
            return (
              <Stack gap="lg">
                {firstOf(groups, limit).map((group) => (
                  <section key={group.label} aria-label={group.label}>
                    <Title order={3} className={classes.day}>
                      {group.label}
                    </Title>
                    <ul className={classes.list}>
                      {group.items.map((interview) => (
                        <InterviewRow
                          key={interview.interviewId}
                          interview={interview}
                          jobTitle={jobTitle(interview)}
                          now={now}
                          open={() => setOpened(interview)}
                        />
                      ))}
                    </ul>
                  </section>
                ))}
                {total > limit ? (
                  <Button variant="default" onClick={() => setLimit(limit + pageSize)}>
                    Show more
                  </Button>
                ) : null}
                {list.truncated && total <= limit ? (
                  <Text size="xs" c="dimmed">
                    There are more interviews than are listed here.
                  </Text>
                ) : null}
              </Stack>
            );
          }}
        </QueryStates>
      </Section>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <OutcomesSection query={recent} />
        <FreshnessSection freshness={installation.freshness} load={installation.load} />
      </SimpleGrid>
      <InterviewDrawer
        interview={opened}
        jobTitle={opened === null ? null : jobTitle(opened)}
        close={() => setOpened(null)}
      />
    </Stack>
  );
}

function NoInterviews(props: { shown: Shown; installation: Installation }) {
  const { shown, installation } = props;
  if (shown === 'recent') {
    return (
      <EmptyState icon="calendar" title="No interview in the last 7 days">
        Interviews that are over move here with what became of them.
      </EmptyState>
    );
  }
  return installation.counts.enabledRoles === 0 ? (
    <EmptyState icon="briefcase" title="No job is turned on yet">
      Turn on the first one under Jobs: its interviews appear here within minutes.
    </EmptyState>
  ) : (
    <EmptyState icon="calendar" title="No upcoming interview">
      As soon as one is scheduled in SmartRecruiters for a job that is on, it appears here.
    </EmptyState>
  );
}

function useJobTitles(): Map<string, string> {
  const roles = useRoles();
  return new Map(roles.data?.items.map((role) => [role.jobId, role.title]));
}

function mergeById(...lists: Interview[][]): Interview[] {
  const byId = new Map<string, Interview>();
  for (const interview of lists.flat()) {
    const before = byId.get(interview.interviewId);
    if (before === undefined || before.version <= interview.version) {
      byId.set(interview.interviewId, interview);
    }
  }
  return [...byId.values()];
}

function firstOf(groups: InterviewGroup[], limit: number): InterviewGroup[] {
  let left = limit;
  return groups.flatMap((group) => {
    const items = group.items.slice(0, Math.max(0, left));
    left -= items.length;
    return items.length === 0 ? [] : [{ ...group, items }];
  });
}
