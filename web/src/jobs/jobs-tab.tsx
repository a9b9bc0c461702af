import { Button, Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { useJobs, useRoles } from '../api/queries.js';
import type { CatalogueJob, Installation, Job, JobRole } from '../api/types.js';
import { Icon } from '../shell/icons.js';
import { Notice } from '../shell/notice.js';
import { EmptyState, QueryStates } from '../shell/query-states.js';
import { Section } from '../shell/section.js';
import { JobRow } from './job-row.js';
import classes from './jobs.module.css';

type Shown = 'all' | 'on';

export function JobsTab({ installation }: { installation: Installation }) {
  const [shown, setShown] = useState<Shown>('all');
  const [search, setSearch] = useState('');
  const importsAll = installation.captureMode === 'import_all';

  return (
    <Section
      title="Jobs"
      description={
        importsAll
          ? 'Every open job is on, new ones too. Turn one off and it stays off.'
          : 'Turn on the jobs whose interviews the notetaker should join.'
      }
    >
      <Notice tone="info" icon="video">
        A job that is on may have its interviews recorded and transcribed, and mails may go to its
        candidates and interviewers, as your settings say.
      </Notice>
      <Group gap="sm">
        <TextInput
          aria-label="Search jobs"
          placeholder="Search by title"
          leftSection={<Icon name="search" />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          flex="1 1 14rem"
        />
        <SegmentedControl
          aria-label="Which jobs to list"
          value={shown}
          onChange={(value) => setShown(value === 'on' ? 'on' : 'all')}
          data={[
            { value: 'all', label: 'All jobs' },
            { value: 'on', label: 'Turned on' },
          ]}
        />
      </Group>
      {shown === 'all' ? <AllJobs search={search} /> : <JobsThatAreOn search={search} />}
    </Section>
  );
}

function AllJobs({ search }: { search: string }) {
  const [settled] = useDebouncedValue(search.trim(), 250);
  const jobs = useJobs(settled);
  const roles = useRoles();
  const roleOf = new Map(roles.data?.items.map((role) => [role.jobId, role]));
  return (
    <QueryStates query={jobs} rows={6}>
      {(items) => (
        <Stack gap="md">
          <JobList
            jobs={items}
            roleOf={roleOf}
            ready={roles.data !== undefined}
            empty={
              settled === '' ? (
                <EmptyState icon="briefcase" title="No jobs yet">
                  SmartRecruiters is being read. Jobs appear here as they are found.
                </EmptyState>
              ) : (
                <EmptyState icon="search" title={`No job matches “${settled}”`}>
                  Try fewer letters, or a word from the middle of the title.
                </EmptyState>
              )
            }
          />
          {jobs.hasNextPage ? (
            <Button
              variant="default"
              loading={jobs.isFetchingNextPage}
              onClick={() => void jobs.fetchNextPage()}
            >
              Show more
            </Button>
          ) : null}
        </Stack>
      )}
    </QueryStates>
  );
}

function JobsThatAreOn({ search }: { search: string }) {
  const roles = useRoles();
  const words = search.trim().toLowerCase();
  return (
    <QueryStates query={roles}>
      {(list) => {
        const on = list.items.filter(
          (role) =>
            (role.enabled || role.stopping.length > 0) && role.title.toLowerCase().includes(words),
        );
        return (
          <>
            <JobList
              jobs={on}
              roleOf={new Map(on.map((role) => [role.jobId, role]))}
              ready
              empty={
                <EmptyState icon="briefcase" title="No job is turned on">
                  Go to “All jobs” and turn on the first one.
                </EmptyState>
              }
            />
            {list.truncated ? (
              <Text size="xs" c="dimmed">
                There are more jobs than can be listed here: search for one by its title.
              </Text>
            ) : null}
          </>
        );
      }}
    </QueryStates>
  );
}

function JobList(props: {
  jobs: (Job | CatalogueJob)[];
  roleOf: Map<string, JobRole>;
  ready: boolean;
  empty: ReactNode;
}) {
  const { jobs, roleOf, ready, empty } = props;
  if (jobs.length === 0) return empty;
  return (
    <ul className={classes.list}>
      {jobs.map((job) => (
        <JobRow key={job.jobId} job={job} role={roleOf.get(job.jobId) ?? null} ready={ready} />
      ))}
    </ul>
  );
}
