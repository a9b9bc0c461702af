import { Box, Checkbox, Group, Switch, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { usePermissions } from '../api/context.js';
import { useRoleChange } from '../api/queries.js';
import type { CatalogueJob, Job, JobRole } from '../api/types.js';
import { OnOff } from '../shell/on-off.js';
import { ProblemNotice } from '../shell/problem-notice.js';
import { Tag } from '../shell/tag.js';
import classes from './jobs.module.css';
import { TurnOnDialog } from './turn-on-dialog.js';

/** While several jobs are being ticked for one command. */
export interface Ticking {
  isTicked: boolean;
  tick: (isTicked: boolean) => void;
}

export function JobRow(props: {
  job: Job | CatalogueJob;
  role: JobRole | null;
  ready: boolean;
  ticking: Ticking | null;
}) {
  const { job, role, ready, ticking } = props;
  const { owner } = usePermissions();
  const change = useRoleChange();
  const [asking, { open, close }] = useDisclosure(false);
  const enabled = role?.enabled ?? false;
  const upcoming = role?.upcomingInterviews ?? 0;
  const place = [job.department, job.location, standing(job)].filter(
    (part) => part !== null && part !== '',
  );

  return (
    <li className={classes.row}>
      <Group justify="space-between" wrap="nowrap" gap="md">
        <Box miw={0}>
          <Text fw={600} size="sm" className={classes.title}>
            {job.title}
          </Text>
          <Text size="xs" c="dimmed">
            {[...place, ...(upcoming > 0 ? [interviewCount(upcoming)] : [])].join(' · ')}
          </Text>
        </Box>
        <Group gap="sm" wrap="nowrap">
          {role !== null && role.stopping.length > 0 ? (
            <Tag tone="warn" icon="clock" label="Stopping" />
          ) : null}
          {ticking !== null ? (
            <>
              <OnOff on={enabled} />
              <Checkbox
                aria-label={`Tick ${job.title}`}
                checked={ticking.isTicked}
                onChange={(event) => ticking.tick(event.currentTarget.checked)}
              />
            </>
          ) : owner ? (
            <Switch
              aria-label={`Notetaker for ${job.title}`}
              checked={enabled}
              disabled={!ready || change.isPending}
              onChange={(event) => {
                if (event.currentTarget.checked) open();
                else change.mutate({ job, enabled: false });
              }}
            />
          ) : (
            <OnOff on={enabled} />
          )}
        </Group>
      </Group>
      {role !== null && role.stopping.length > 0 ? (
        <Text size="xs" c="dimmed" mt={4}>
          Turned off; {role.stopping.length === 1 ? 'one notetaker is' : 'some notetakers are'}{' '}
          still leaving. No new one is sent.
        </Text>
      ) : null}
      {enabled && role?.scheduled === 'exclude' ? (
        <Text size="xs" c="dimmed" mt={4}>
          Interviews that were already scheduled are left out.
        </Text>
      ) : null}
      {change.error === null ? null : (
        <Box mt="xs">
          <ProblemNotice problem={change.error} />
        </Box>
      )}
      <TurnOnDialog
        opened={asking}
        close={close}
        job={job}
        upcoming={upcoming}
        turnOn={(scheduled) => {
          close();
          change.mutate({ job, enabled: true, scheduled });
        }}
      />
    </li>
  );
}

/** Why a job is not an open one; null for those that are. */
function standing(job: Job | CatalogueJob): string | null {
  if (!('status' in job)) return null;
  if (job.status === 'ON_HOLD') return 'on hold';
  return job.open ? null : 'closed';
}

function interviewCount(count: number): string {
  return count === 1 ? '1 upcoming interview' : `${count} upcoming interviews`;
}
