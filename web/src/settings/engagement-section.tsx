import { Group, Switch, Text } from '@mantine/core';
import type { Settings } from '../../../workflows/contracts/settings.js';
import { useSettingsChange } from '../api/queries.js';
import { OnOff } from '../shell/on-off.js';
import { Section } from '../shell/section.js';
import { SaveProblem, SaveStatus } from './save-status.js';
import classes from './settings.module.css';

type Engagement = keyof Settings['engagement'];

const switches: { name: Engagement; label: string; explanation: string }[] = [
  {
    name: 'record',
    label: 'Record',
    explanation: 'Without recording the notetaker stays out of every interview.',
  },
  {
    name: 'transcribe',
    label: 'Transcribe',
    explanation: 'Who said what and when, readable in Pillar afterwards.',
  },
  {
    name: 'candidateEmails',
    label: 'Mail candidates',
    explanation: 'The notice before the interview, and news of changes.',
  },
  {
    name: 'interviewerEmails',
    label: 'Mail interviewers',
    explanation: 'A reminder that the notetaker will knock and wants to be let in.',
  },
];

export function EngagementSection(props: { settings: Settings; editable: boolean }) {
  const { settings, editable } = props;
  const saving = useSettingsChange();
  return (
    <Section
      title="What happens for a job that is on"
      description="Holds for all jobs at once, from the next interview on."
      aside={<SaveStatus saving={saving} />}
    >
      <SaveProblem saving={saving} />
      <div className={classes.switches}>
        {switches.map(({ name, label, explanation }) =>
          editable ? (
            <Switch
              key={name}
              label={label}
              description={explanation}
              labelPosition="left"
              styles={{ body: { justifyContent: 'space-between' }, label: { fontWeight: 600 } }}
              checked={settings.engagement[name]}
              onChange={(event) =>
                saving.mutate({ engagement: { [name]: event.currentTarget.checked } })
              }
            />
          ) : (
            <Group key={name} justify="space-between" wrap="nowrap">
              <div>
                <Text size="sm" fw={600}>
                  {label}
                </Text>
                <Text size="xs" c="dimmed">
                  {explanation}
                </Text>
              </div>
              <OnOff on={settings.engagement[name]} />
            </Group>
          ),
        )}
      </div>
    </Section>
  );
}
