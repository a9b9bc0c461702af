import { Button, Group, Modal, Radio, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useInstallation } from '../api/queries.js';
import type { Installation, Job } from '../api/types.js';

type Scheduled = 'include' | 'exclude';

/** What turning this job on will do, and what about the interviews already in the calendar. */
export function TurnOnDialog(props: {
  opened: boolean;
  close: () => void;
  job: Job;
  upcoming: number;
  turnOn: (scheduled: Scheduled) => void;
}) {
  const { opened, close, job, upcoming, turnOn } = props;
  const [scheduled, setScheduled] = useState<Scheduled>('include');
  const installation = useInstallation().data;

  return (
    <Modal opened={opened} onClose={close} title={`Turn on “${job.title}”?`}>
      <Stack>
        {installation === undefined ? null : <Text size="sm">{consequences(installation)}</Text>}
        <Radio.Group
          label="Interviews that are already scheduled"
          description={
            upcoming > 0
              ? `${upcoming === 1 ? 'One is' : `${upcoming} are`} known at the moment.`
              : 'None is known yet; the choice holds for those found in the first reading.'
          }
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
          <Button onClick={() => turnOn(scheduled)}>Turn on</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function consequences({ settings }: Installation): string {
  const { record, transcribe, candidateEmails, interviewerEmails } = settings.engagement;
  if (!record) {
    return 'Recording is off in your settings, so the notetaker stays out until that changes.';
  }
  const mailed = [
    ...(candidateEmails && settings.consent.mode !== 'external' ? ['candidates'] : []),
    ...(interviewerEmails ? ['interviewers'] : []),
  ];
  const captured = transcribe ? 'recorded and transcribed' : 'recorded';
  const mails = mailed.length === 0 ? 'No mails go out.' : `Mails go to ${mailed.join(' and ')}.`;
  return `Its interviews are joined by the notetaker and ${captured}. ${mails}`;
}
