import { Autocomplete, Button, Group, Modal, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { Restriction } from '../../../workflows/contracts/settings.js';
import { useRoles, useSettingsChange } from '../api/queries.js';
import type { JobRole } from '../api/types.js';
import { Section } from '../shell/section.js';
import { PreviewOfInterviews } from './interviews-preview.js';
import { type RestrictionField, restrictionFields, restrictionWords } from './restriction-words.js';
import { SaveProblem, SaveStatus } from './save-status.js';
import classes from './settings.module.css';
import { useInterviewsPreview } from './settings-preview.js';

interface Asked {
  title: string;
  restriction: Restriction;
  /** All of them, as they would be saved. */
  restrictions: Restriction[];
}

export function RestrictionsSection(props: { restrictions: Restriction[]; editable: boolean }) {
  const { restrictions, editable } = props;
  const saving = useSettingsChange();
  const [asked, setAsked] = useState<Asked | null>(null);
  const add = (restriction: Restriction) =>
    setAsked({
      title: 'Keep the notetaker out of these?',
      restriction,
      restrictions: [...restrictions, restriction],
    });
  const remove = (restriction: Restriction) =>
    setAsked({
      title: 'Remove this restriction?',
      restriction,
      restrictions: restrictions.filter((one) => one !== restriction),
    });

  return (
    <Section
      title="Where the notetaker never goes"
      description="Restrictions win over everything else, also when a person asks for the notetaker. Where one is in such an interview already, it leaves, and no notetaker of another interview may be in its room."
      aside={<SaveStatus saving={saving} />}
    >
      <SaveProblem saving={saving} />
      {restrictions.length === 0 ? (
        <Text size="sm" c="dimmed">
          There are no restrictions.
        </Text>
      ) : (
        <ul className={classes.rows} aria-label="Restrictions">
          {restrictions.map((restriction) => (
            <li key={`${restriction.field} ${restriction.match}`}>
              <Group justify="space-between" wrap="nowrap">
                <Text size="sm">{inWords(restriction)}</Text>
                {editable ? (
                  <Button
                    size="xs"
                    variant="subtle"
                    aria-label={`Remove: ${inWords(restriction)}`}
                    onClick={() => remove(restriction)}
                  >
                    Remove…
                  </Button>
                ) : null}
              </Group>
            </li>
          ))}
        </ul>
      )}
      {editable ? (
        <NewRestriction key={restrictions.length} known={restrictions} add={add} />
      ) : null}
      <Modal opened={asked !== null} onClose={() => setAsked(null)} title={asked?.title ?? ''}>
        {asked === null ? null : (
          <Review
            asked={asked}
            cancel={() => setAsked(null)}
            save={() => {
              saving.mutate({ restrictions: asked.restrictions });
              setAsked(null);
            }}
          />
        )}
      </Modal>
    </Section>
  );
}

/** Says what the change would do; it can be saved also when that cannot be said. */
function Review(props: { asked: Asked; cancel: () => void; save: () => void }) {
  const { asked, cancel, save } = props;
  const preview = useInterviewsPreview({ restrictions: asked.restrictions });
  return (
    <Stack>
      <Text size="sm" fw={600}>
        {inWords(asked.restriction)}
      </Text>
      <PreviewOfInterviews query={preview} />
      <Group justify="flex-end">
        <Button variant="default" onClick={cancel}>
          Cancel
        </Button>
        <Button loading={preview.isPending} onClick={save}>
          Save
        </Button>
      </Group>
    </Stack>
  );
}

function NewRestriction(props: { known: Restriction[]; add: (restriction: Restriction) => void }) {
  const { known, add } = props;
  const [field, setField] = useState<RestrictionField>('title');
  const [draft, setDraft] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const roles = useRoles();
  const words = restrictionWords[field];
  const submit = () => {
    const restriction = { field, match: draft.trim() };
    const found = faultOf(restriction, known);
    setFault(found);
    if (found === null) add(restriction);
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack gap="sm" maw="26rem">
        <Select
          label="Keep the notetaker out by"
          data={restrictionFields.map((value) => ({ value, label: restrictionWords[value].label }))}
          value={field}
          allowDeselect={false}
          onChange={(value) => {
            setField(restrictionFields.find((one) => one === value) ?? 'title');
            setDraft('');
            setFault(null);
          }}
        />
        <Autocomplete
          label={words.what}
          description={words.hint}
          value={draft}
          onChange={(value) => {
            setDraft(value);
            setFault(null);
          }}
          data={suggestionsFor(field, roles.data?.items ?? [])}
          limit={8}
          maxLength={200}
          error={fault}
        />
        <Group>
          <Button type="submit" variant="default">
            See what this changes…
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The API checks again; this only spares a way there and back. */
function faultOf({ field, match }: Restriction, known: Restriction[]): string | null {
  if (!/[\p{L}\p{N}]/u.test(match)) return 'Type a letter or a digit at least';
  if (field === 'interviewer' && !/^[\w.~-]{1,128}$/.test(match)) {
    return 'This is the id of a user, without spaces or an @';
  }
  const isKnown = known.some((one) => one.field === field && one.match === match);
  return isKnown ? 'There is this restriction already' : null;
}

function suggestionsFor(field: RestrictionField, roles: JobRole[]): string[] {
  const readers: Partial<Record<RestrictionField, (role: JobRole) => string | null>> = {
    department: ({ department }) => department,
    location: ({ location }) => location,
    job: ({ title }) => title,
  };
  const read = readers[field];
  if (read === undefined) return [];
  return [...new Set(roles.map(read).filter((value) => value !== null))].sort();
}

function inWords({ field, match }: Restriction): string {
  return `${restrictionWords[field].row} “${match}”`;
}
