import { Button, Group, Modal, Radio, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useLoadPreview, useRolesChange } from '../api/queries.js';
import { LoadPreview } from '../load/load-preview.js';
import { Notice } from '../shell/notice.js';
import { ProblemNotice } from '../shell/problem-notice.js';

type Scheduled = 'include' | 'exclude';

/** So many jobs fit into one command. */
export const jobsAtOnce = 500;

/** What to do with the jobs that are ticked: all with one command. */
export function BulkBar(props: { jobIds: string[]; done: () => void }) {
  const { jobIds, done } = props;
  const [asking, setAsking] = useState<'on' | 'off' | null>(null);
  const change = useRolesChange();
  const count = jobIds.length;
  const send = (enabled: boolean, scheduled: Scheduled) =>
    change.mutate({ jobIds, enabled, scheduled }, { onSuccess: done, onSettled: close });
  const close = () => setAsking(null);
  const none = count === 0 || count > jobsAtOnce;

  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="sm">
        <Text size="sm" role="status">
          {count === 1 ? 'One job is ticked.' : `${count} jobs are ticked.`}
          {count > jobsAtOnce ? ` At most ${jobsAtOnce} can change at once.` : ''}
        </Text>
        <Group gap="xs">
          <Button size="xs" disabled={none} onClick={() => setAsking('on')}>
            Turn on…
          </Button>
          <Button size="xs" variant="default" disabled={none} onClick={() => setAsking('off')}>
            Turn off…
          </Button>
          <Button size="xs" variant="subtle" onClick={done}>
            Done
          </Button>
        </Group>
      </Group>
      {change.error === null ? null : <ProblemNotice problem={change.error} />}
      <TurnOnMany
        opened={asking === 'on'}
        jobIds={jobIds}
        saving={change.isPending}
        close={close}
        turnOn={(scheduled) => send(true, scheduled)}
      />
      <Modal opened={asking === 'off'} onClose={close} title={`Turn off ${counted(count)}?`}>
        <Stack>
          <Text size="sm">
            No notetaker is sent to their interviews any more. One that is in a meeting right now
            leaves it.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button loading={change.isPending} onClick={() => send(false, 'include')}>
              Turn off
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Stack>
  );
}

function TurnOnMany(props: {
  opened: boolean;
  jobIds: string[];
  saving: boolean;
  close: () => void;
  turnOn: (scheduled: Scheduled) => void;
}) {
  const { opened, jobIds, saving, close, turnOn } = props;
  const [scheduled, setScheduled] = useState<Scheduled>('include');
  const preview = useLoadPreview({
    path: '/roles/bulk/preview',
    body: { jobIds, enabled: true },
    enabled: opened,
  });
  return (
    <Modal opened={opened} onClose={close} title={`Turn on ${counted(jobIds.length)}?`}>
      <Stack>
        <Notice tone="info" icon="video">
          Their interviews may be recorded and transcribed, and mails may go to candidates and
          interviewers, as your settings say.
        </Notice>
        <LoadPreview query={preview} />
        <Radio.Group
          label="Interviews that are already scheduled"
          value={scheduled}
          onChange={(value) => setScheduled(value === 'exclude' ? 'exclude' : 'include')}
        >
          <Stack gap="xs" mt="xs">
            <Radio value="include" label="Join them too" />
            <Radio value="exclude" label="Leave them out, join only new ones" />
          </Stack>
        </Radio.Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button loading={saving} onClick={() => turnOn(scheduled)}>
            Turn on
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function counted(count: number): string {
  return count === 1 ? 'one job' : `${count} jobs`;
}
