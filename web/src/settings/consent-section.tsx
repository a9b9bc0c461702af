import { Button, Checkbox, Group, Modal, NumberInput, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import type { ConsentMode, Settings } from '../../../workflows/contracts/settings.js';
import { useSettingsChange } from '../api/queries.js';
import { Notice } from '../shell/notice.js';
import { Section } from '../shell/section.js';
import { dateAndTime } from '../times.js';
import { consentWords } from '../words.js';
import { ChoiceCards } from './choice-cards.js';
import { SaveProblem, SaveStatus } from './save-status.js';

export function ConsentSection(props: { consent: Settings['consent']; editable: boolean }) {
  const { consent, editable } = props;
  const saving = useSettingsChange();
  const [declaring, { open, close }] = useDisclosure(false);
  const offered: ConsentMode[] = ['notice', 'external'];
  const shown = offered.includes(consent.mode) ? offered : [consent.mode, ...offered];

  return (
    <Section
      title="How candidates are told"
      description="The notetaker joins nobody who was not told, and nobody who declined."
      aside={<SaveStatus saving={saving} />}
    >
      <SaveProblem saving={saving} />
      <ChoiceCards
        label="How candidates are told"
        value={consent.mode}
        options={shown.map((value) => ({ value, ...consentWords[value] }))}
        editable={editable}
        onChange={(mode) => {
          if (mode === 'external') open();
          else saving.mutate({ consent: { mode } });
        }}
      />
      {consent.mode === 'notice' && !editable ? (
        <Text size="sm">Candidates are told {consent.noticeLeadHours} hours before.</Text>
      ) : null}
      {consent.mode === 'notice' && editable ? (
        <LeadHours
          hours={consent.noticeLeadHours}
          onChange={(noticeLeadHours) => saving.mutate({ consent: { noticeLeadHours } })}
        />
      ) : null}
      {consent.mode === 'external' && consent.external !== undefined ? (
        <Notice tone="info" icon="person">
          {`Declared on ${dateAndTime(consent.external.declaredAt)} by ${consent.external.declaredBy}.`}
        </Notice>
      ) : null}
      <Modal opened={declaring} onClose={close} title="Your organization tells candidates itself">
        <Declaration
          cancel={close}
          declare={() => {
            close();
            saving.mutate({ consent: { mode: 'external' } });
          }}
        />
      </Modal>
    </Section>
  );
}

function LeadHours(props: { hours: number; onChange: (hours: number) => void }) {
  const { hours, onChange } = props;
  const [draft, setDraft] = useState<number | string>(hours);
  useEffect(() => setDraft(hours), [hours]);
  const save = () => {
    if (typeof draft === 'number' && draft !== hours) onChange(draft);
    else setDraft(hours);
  };
  return (
    <NumberInput
      label="Notice, hours before the interview"
      description="How long before an interview its candidate is told."
      value={draft}
      onChange={setDraft}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') save();
      }}
      min={0}
      max={168}
      allowDecimal={false}
      clampBehavior="strict"
      maw="26rem"
    />
  );
}

function Declaration({ cancel, declare }: { cancel: () => void; declare: () => void }) {
  const [agreed, setAgreed] = useState(false);
  return (
    <Stack>
      <Text size="sm">
        The notetaker then waits for no notice. Your name and the time of this declaration are kept
        with the installation.
      </Text>
      <Checkbox
        checked={agreed}
        onChange={(event) => setAgreed(event.currentTarget.checked)}
        label="I declare that my organization tells every candidate in time that the interview is recorded, and that they may decline."
      />
      <Group justify="flex-end">
        <Button variant="default" onClick={cancel}>
          Cancel
        </Button>
        <Button disabled={!agreed} onClick={declare}>
          Declare
        </Button>
      </Group>
    </Stack>
  );
}
