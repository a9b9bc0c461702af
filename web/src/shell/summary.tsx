import { Button, Group, Modal, Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { usePermissions } from '../api/context.js';
import { useInstallationCommand } from '../api/queries.js';
import type { Installation } from '../api/types.js';
import { Icon } from './icons.js';
import { ProblemNotice } from './problem-notice.js';

/** The installation in four figures, and the switch for all of it. */
export function Summary({ installation }: { installation: Installation }) {
  const { counts } = installation;
  return (
    <Paper component="section" aria-label="At a glance" withBorder p={{ base: 'md', sm: 'lg' }}>
      <Group justify="space-between" gap="md">
        <SimpleGrid cols={{ base: 2, sm: 4 }} spacing={{ base: 'md', sm: 'xl' }}>
          <Figure value={counts.upcomingInterviews} label="upcoming interviews" />
          <Figure value={counts.enabledRoles} label="jobs turned on" />
          <Figure value={counts.jobs} label="jobs known" />
          <Figure value={counts.watchedApplications} label="candidates watched" />
        </SimpleGrid>
        <PauseButton state={installation.state} />
      </Group>
    </Paper>
  );
}

function Figure({ value, label }: { value: number; label: string }) {
  return (
    <div>
      <Text fz="1.5rem" fw={650} lh={1.2} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {value.toLocaleString('en')}
      </Text>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
    </div>
  );
}

function PauseButton({ state }: { state: Installation['state'] }) {
  const { owner } = usePermissions();
  const [asking, { open, close }] = useDisclosure(false);
  const pause = useInstallationCommand(() => ({ method: 'POST', path: '/pause' }));
  const resume = useInstallationCommand(() => ({ method: 'POST', path: '/resume' }));
  if (!owner || (state !== 'active' && state !== 'paused')) return null;

  if (state === 'paused') {
    return (
      <Stack gap="xs">
        <Button
          leftSection={<Icon name="play" />}
          loading={resume.isPending}
          onClick={() => resume.mutate()}
        >
          Resume
        </Button>
        {resume.error === null ? null : <ProblemNotice problem={resume.error} />}
      </Stack>
    );
  }
  return (
    <>
      <Button variant="default" leftSection={<Icon name="pause" />} onClick={open}>
        Pause
      </Button>
      <Modal opened={asking} onClose={close} title="Pause the notetaker everywhere?">
        <Stack>
          <Text size="sm">
            No interview is joined and no mail goes out until you resume. A notetaker that is in a
            meeting right now leaves it. Your jobs and settings stay as they are.
          </Text>
          {pause.error === null ? null : <ProblemNotice problem={pause.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Keep it running
            </Button>
            <Button
              loading={pause.isPending}
              onClick={() => pause.mutate(undefined, { onSuccess: close })}
            >
              Pause
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
