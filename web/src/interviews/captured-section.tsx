import { Anchor, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { Interview } from '../api/types.js';
import { Icon } from '../shell/icons.js';
import { QueryStates } from '../shell/query-states.js';
import { timeIn } from '../times.js';
import { useRecordings } from './artifact-queries.js';
import { MissingNotes, partLabel } from './session-parts.js';
import { TranscriptDialog } from './transcript-dialog.js';

/** What the notetaker brought back; both are fetched only when somebody asks for them. */
export function CapturedSection({ interview, name }: { interview: Interview; name: string }) {
  const [watching, { open: watch }] = useDisclosure(false);
  const [reading, { open: read, close }] = useDisclosure(false);
  if (!interview.sessions.some(({ outcome }) => outcome === 'captured')) return null;
  return (
    <Stack gap="sm">
      <Title order={3}>What was captured</Title>
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          leftSection={<Icon name="video" size={14} />}
          onClick={watch}
          disabled={watching}
        >
          Recording
        </Button>
        <Button size="xs" variant="default" onClick={read}>
          Transcript
        </Button>
      </Group>
      {watching ? <RecordingLinks interview={interview} /> : null}
      <TranscriptDialog opened={reading} close={close} interview={interview} name={name} />
    </Stack>
  );
}

function RecordingLinks({ interview }: { interview: Interview }) {
  const { interviewId, timezone } = interview;
  const query = useRecordings({ interviewId, enabled: true });
  return (
    <QueryStates query={query} rows={1}>
      {(recordings) => (
        <Stack gap={4}>
          {recordings.sessions.map(({ sessionId, url, expiresAt }) => (
            <Text size="sm" key={sessionId}>
              <Anchor href={url} target="_blank" rel="noopener noreferrer" size="sm">
                {partLabel(interview, sessionId, 'Watch the recording')}
              </Anchor>
              {expiresAt === null
                ? '. The link works for a short time.'
                : `. The link works until ${timeIn(expiresAt, timezone)}.`}
            </Text>
          ))}
          <MissingNotes interview={interview} missing={recordings.missing} />
        </Stack>
      )}
    </QueryStates>
  );
}
