import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { CaptureMode } from '../../../workflows/contracts/settings.js';
import { useLoadPreview, useSettingsChange } from '../api/queries.js';
import { LoadPreview } from '../load/load-preview.js';
import { Section } from '../shell/section.js';
import { type ChoiceCard, ChoiceCards } from './choice-cards.js';
import { SaveProblem, SaveStatus } from './save-status.js';

const options: ChoiceCard<CaptureMode>[] = [
  {
    value: 'choose_jobs',
    label: 'Choose jobs one by one',
    explanation: 'The notetaker joins interviews of the jobs that you turn on, and no others.',
  },
  {
    value: 'import_all',
    label: 'Import everything',
    explanation: 'Every open job is on, and so is each new one. A job that you turn off stays off.',
  },
];

export function CaptureSection({ mode, editable }: { mode: CaptureMode; editable: boolean }) {
  const saving = useSettingsChange();
  const [asking, { open, close }] = useDisclosure(false);
  const preview = useLoadPreview({
    path: '/settings/preview',
    body: { captureMode: 'import_all' },
    enabled: asking,
  });
  const choose = (captureMode: CaptureMode) => {
    if (captureMode === 'import_all') open();
    else saving.mutate({ captureMode });
  };

  return (
    <Section
      title="Which interviews are captured"
      aside={<SaveStatus saving={saving} />}
      description="You can change your mind at any time: jobs that you had chosen yourself return to how you left them."
    >
      <SaveProblem saving={saving} />
      <ChoiceCards
        label="Which interviews are captured"
        value={mode}
        options={options}
        editable={editable}
        onChange={choose}
      />
      <Modal opened={asking} onClose={close} title="Turn on every open job?">
        <Stack>
          <Text size="sm">
            All open jobs of your SmartRecruiters company become active, and jobs opened later too.
            Their scheduled interviews are joined, and candidates and interviewers are mailed as
            your settings say. Jobs on hold are left alone.
          </Text>
          <LoadPreview query={preview} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Keep choosing
            </Button>
            <Button
              onClick={() => {
                close();
                saving.mutate({ captureMode: 'import_all' });
              }}
            >
              Import everything
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Section>
  );
}
