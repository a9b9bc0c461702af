import { Button, Group, Highlight, Modal, Stack, Text, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import type { Interview } from '../api/types.js';
import { ProblemNotice } from '../shell/problem-notice.js';
import { QueryStates } from '../shell/query-states.js';
import { type Segment, useTranscriptDownload, useTranscripts } from './artifact-queries.js';
import classes from './interviews.module.css';
import { MissingNotes, partLabel } from './session-parts.js';

/** Reads like a conversation: who, when, what. */
export function TranscriptDialog(props: {
  opened: boolean;
  close: () => void;
  interview: Interview;
  name: string;
}) {
  const { opened, close, interview, name } = props;
  return (
    <Modal opened={opened} onClose={close} title={`Transcript of ${name}`} size="xl">
      {opened ? <Reader interview={interview} /> : null}
    </Modal>
  );
}

function Reader({ interview }: { interview: Interview }) {
  const { interviewId } = interview;
  const query = useTranscripts({ interviewId, enabled: true });
  const download = useTranscriptDownload();
  const [wanted, setWanted] = useState('');
  const words = wanted.trim();
  return (
    <QueryStates query={query}>
      {({ sessions, missing }) => (
        <Stack>
          <Group align="flex-end" wrap="wrap">
            <TextInput
              className={classes.find}
              label="Find in the transcript"
              value={wanted}
              onChange={(event) => setWanted(event.currentTarget.value)}
            />
            <Button
              variant="default"
              loading={download.isPending}
              onClick={() => download.mutate({ interviewId })}
            >
              Save as WebVTT
            </Button>
          </Group>
          {download.error === null ? null : <ProblemNotice problem={download.error} />}
          {sessions.map(({ sessionId, segments }) => (
            <section key={sessionId} aria-label={partLabel(interview, sessionId, 'Transcript')}>
              {sessions.length === 1 ? null : (
                <Title order={3}>{partLabel(interview, sessionId, 'Transcript')}</Title>
              )}
              <Turns turns={turnsOf(segments)} words={words} />
            </section>
          ))}
          <MissingNotes interview={interview} missing={missing} />
        </Stack>
      )}
    </QueryStates>
  );
}

function Turns({ turns, words }: { turns: Turn[]; words: string }) {
  const shown = turns.filter(({ text }) => text.toLowerCase().includes(words.toLowerCase()));
  if (shown.length === 0) {
    return (
      <Text size="sm" c="dimmed" role="status">
        {turns.length === 0 ? 'Nobody said anything.' : 'Nothing of it was found.'}
      </Text>
    );
  }
  return (
    <ol className={classes.transcript}>
      {shown.map((turn) => (
        <li key={`${turn.start} ${turn.speaker} ${turn.text.length}`}>
          <div className={classes.turnHead}>
            <Text size="sm" fw={600}>
              {turn.speaker ?? 'Somebody'}
            </Text>
            <Text size="xs" c="dimmed">
              {clock(turn.start)}
            </Text>
          </div>
          <Highlight size="sm" highlight={words}>
            {turn.text}
          </Highlight>
        </li>
      ))}
    </ol>
  );
}

interface Turn {
  speaker: string | null;
  start: number;
  text: string;
}

/** Longest silence, in seconds, over which what one person says is one turn. */
const sameTurnSeconds = 20;

/** What one person says without another between it is one turn. */
function turnsOf(segments: Segment[]): Turn[] {
  const turns: (Turn & { end: number })[] = [];
  for (const { speaker, start, end, text } of segments) {
    const last = turns.at(-1);
    if (last !== undefined && last.speaker === speaker && start - last.end < sameTurnSeconds) {
      last.text = `${last.text} ${text}`;
      last.end = Math.max(last.end, end);
    } else {
      turns.push({ speaker, start, end, text });
    }
  }
  return turns;
}

/** `4:05`, `1:02:03`: from the beginning of the recording. */
function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) =>
    String(part).padStart(2, '0'),
  );
  const hours = Math.floor(whole / 3600);
  return hours === 0 ? parts.join(':') : [hours, ...parts].join(':');
}
