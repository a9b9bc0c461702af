import { Button, Group, List, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { Settings } from '../../../workflows/contracts/settings.js';
import type { ApiProblem } from '../api/problem.js';
import { useSettingsChange } from '../api/queries.js';
import { Section } from '../shell/section.js';
import { SaveProblem, SaveStatus } from './save-status.js';

type Alerts = Settings['alerts'];

const mostAddresses = 20;

/** Who hears at once when a notetaker is missing or will be. */
export function AlertsSection(props: { alerts: Alerts; editable: boolean }) {
  const { alerts, editable } = props;
  const saving = useSettingsChange();
  return (
    <Section
      title="Who is told when something goes wrong"
      description="When a notetaker is missing in an interview, waits to be let in, or will not get in at all. Each alert has a link to send the notetaker now and one to skip the interview."
      aside={<SaveStatus saving={saving} />}
    >
      <SaveProblem saving={saving} />
      {editable ? (
        <AlertsForm
          alerts={alerts}
          problem={saving.error}
          isSaving={saving.isPending}
          save={(changed) => saving.mutate({ alerts: changed })}
        />
      ) : (
        <AlertsAsTheyAre alerts={alerts} />
      )}
    </Section>
  );
}

function AlertsForm(props: {
  alerts: Alerts;
  problem: ApiProblem | null;
  isSaving: boolean;
  save: (alerts: Alerts) => void;
}) {
  const { alerts, problem, isSaving, save } = props;
  const savedEmails = alerts.emails.join(' ');
  const savedUrl = alerts.webhookUrl ?? '';
  const [emails, setEmails] = useState(alerts.emails);
  const [url, setUrl] = useState(savedUrl);
  // What was saved elsewhere shows as it is; what is being typed, or was refused, stays to be mended.
  const isMine = isSaving || problem !== null;
  useEffect(() => {
    if (isMine) return;
    setEmails(savedEmails === '' ? [] : savedEmails.split(' '));
    setUrl(savedUrl);
  }, [isMine, savedEmails, savedUrl]);
  const webhookUrl = url.trim() === '' ? null : url.trim();
  const isChanged = emails.join(' ') !== savedEmails || webhookUrl !== alerts.webhookUrl;

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save({ emails, webhookUrl });
      }}
    >
      <Stack gap="sm" maw="34rem">
        <TagsInput
          label="E-mail addresses"
          description={`At most ${mostAddresses}. Press Enter after each.`}
          value={emails}
          onChange={setEmails}
          maxTags={mostAddresses}
          splitChars={[',', ';', ' ']}
          acceptValueOnBlur
          error={faultAt(problem, '/alerts/emails')}
        />
        <TextInput
          label="Address of a webhook"
          description="An https address of yours to which each alert is sent too. Leave it empty for none."
          placeholder="https://"
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          maxLength={2048}
          error={faultAt(problem, '/alerts/webhookUrl')}
        />
        <Group>
          <Button type="submit" disabled={!isChanged} loading={isSaving}>
            Save alerts
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function faultAt(problem: ApiProblem | null, pointer: string): string | null {
  const fault = problem?.fields.find((field) => field.pointer.startsWith(pointer));
  return fault?.detail ?? null;
}

function AlertsAsTheyAre({ alerts }: { alerts: Alerts }) {
  const told = [...alerts.emails, ...(alerts.webhookUrl === null ? [] : [alerts.webhookUrl])];
  if (told.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nobody is told so far.
      </Text>
    );
  }
  return (
    <List size="sm">
      {told.map((one) => (
        <List.Item key={one}>{one}</List.Item>
      ))}
    </List>
  );
}
