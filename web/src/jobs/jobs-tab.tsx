import { Button, Checkbox, Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { usePermissions } from '../api/context.js';
import { useJobs, useRoles } from '../api/queries.js';
import type { CatalogueJob, Installation, Job, JobRole } from '../api/types.js';
import { Icon } from '../shell/icons.js';
import { Notice } from '../shell/notice.js';
import { EmptyState, QueryStates } from '../shell/query-states.js';
import { Section } from '../shell/section.js';
import { BulkBar } from './bulk-bar.js';
import { JobRow } from './job-row.js';
import classes from './jobs.module.css';

type Shown = 'all' | 'on';

/** The jobs that are ticked for one command; null while none are to be. */
type Ticks = {
  ticked: ReadonlySet<string>;
  tick: (jobIds: string[], isTicked: boolean) => void;
} | null;

export function JobsTab({ installation }: { installation: Installation }) {
  const [shown, setShown] = useState<Shown>('all');
  const [search, setSearch] = useState('');
  const { owner } = usePermissions();
  const [ticked, setTicked] = useState<ReadonlySet<string> | null>(null);
  const tick = (jobIds: string[], isTicked: boolean) => {
    const next = new Set(ticked);
    for (const jobId of jobIds) {
      if (isTicked) next.add(jobId);
      else next.delete(jobId);
    }
    setTicked(next);
  };
  const ticks = ticked === null ? null : { ticked, tick };
  const importsAll = installation.captureMode === 'import_all';

  return (
    <Section
      title="Jobs"
      description={
        importsAll
          ? 'Every open job is on, new ones too. Turn one off and it stays off.'
          : 'Turn on the jobs whose interviews the notetaker should join.'
      }
      aside={
        owner && ticked === null ? (
          <Button variant="default" onClick={() => setTicked(new Set())}>
            Change several
          </Button>
        ) : null
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
      {ticked === null ? null : <BulkBar jobIds={[...ticked]} done={() => setTicked(null)} />}
      {shown === 'all' ? (
        <AllJobs search={search} ticks={ticks} />
      ) : (
        <JobsThatAreOn search={search} ticks={ticks} />
      )}
    </Section>
  );
}

function AllJobs({ search, ticks }: { search: string; ticks: Ticks }) {
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
            ticks={ticks}
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

function JobsThatAreOn({ search, ticks }: { search: string; ticks: Ticks }) {
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
              ticks={ticks}
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
  ticks: Ticks;
  empty: ReactNode;
}) {
  const { jobs, roleOf, ready, ticks, empty } = props;
  if (jobs.length === 0) return empty;
  const list = (
    <ul className={classes.list}>
      {jobs.map((job) => (
        <JobRow
          key={job.jobId}
          job={job}
          role={roleOf.get(job.jobId) ?? null}
          ready={ready}
          ticking={
            ticks && {
              isTicked: ticks.ticked.has(job.jobId),
              tick: (isTicked) => ticks.tick([job.jobId], isTicked),
            }
          }
        />
      ))}
    </ul>
  );
  if (ticks === null) return list;
  const jobIds = jobs.map(({ jobId }) => jobId);
  const count = jobIds.filter((jobId) => ticks.ticked.has(jobId)).length;
  return (
    <>
      <Checkbox
        label={`Tick all ${jobs.length} that are shown`}
        checked={count === jobs.length}
        indeterminate={count > 0 && count < jobs.length}
        onChange={(event) => ticks.tick(jobIds, event.currentTarget.checked)}
      />
      {list}
    </>
  );
}
