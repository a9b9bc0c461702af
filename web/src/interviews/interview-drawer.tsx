import { Drawer, Stack, Text, Title } from '@mantine/core';
import { useInterview } from '../api/queries.js';
import type { Interview, TimelineEntry } from '../api/types.js';
import { QueryStates } from '../shell/query-states.js';
import { Tag } from '../shell/tag.js';
import { dateAndTime, viewerTime, zoneName } from '../times.js';
import {
  consentStateWords,
  humanise,
  linkWords,
  sentence,
  verdictWords,
  whoCanChange,
} from '../words.js';
import { interviewName } from './interview-row.js';
import classes from './interviews.module.css';
import { SessionProgress } from './session-progress.js';

/** Everything that is known of one interview. */
export function InterviewDrawer(props: {
  interview: Interview | null;
  jobTitle: string | null;
  close: () => void;
}) {
  const { interview, jobTitle, close } = props;
  return (
    <Drawer
      opened={interview !== null}
      onClose={close}
      position="right"
      title={interview === null ? '' : interviewName(interview)}
    >
      {interview === null ? null : (
        <Details interviewId={interview.interviewId} jobTitle={jobTitle} />
      )}
    </Drawer>
  );
}

function Details({ interviewId, jobTitle }: { interviewId: string; jobTitle: string | null }) {
  const query = useInterview(interviewId);
  return (
    <QueryStates query={query}>
      {(interview) => (
        <Stack gap="lg">
          <Facts interview={interview} jobTitle={jobTitle} />
          <Stack gap={6} align="flex-start">
            <Title order={3}>Will it join, and why?</Title>
            <Tag {...verdictWords[interview.decision.verdict]} />
            <Text size="sm">{interview.decision.explanation}</Text>
            <Text size="sm" c="dimmed">
              {whoCanChange(interview.decision.fixableBy)}
            </Text>
            {interview.choice === null ? null : <ChoiceNote choice={interview.choice} />}
          </Stack>
          <Stack gap="xs">
            <Title order={3}>Notetaker</Title>
            {interview.sessions.length === 0 ? (
              <Text size="sm" c="dimmed">
                Nothing is planned.
              </Text>
            ) : (
              interview.sessions.map((session) => (
                <Stack key={session.sessionId} align="flex-start">
                  <SessionProgress
                    session={session}
                    label={interview.sessions.length > 1 ? session.startsAt : null}
                    zone={interview.timezone}
                  />
                </Stack>
              ))
            )}
          </Stack>
          <Stack gap="sm">
            <Title order={3}>What happened so far</Title>
            <Timeline entries={interview.timeline ?? []} />
          </Stack>
        </Stack>
      )}
    </QueryStates>
  );
}

function Facts({ interview, jobTitle }: { interview: Interview; jobTitle: string | null }) {
  const { startsAt, timezone } = interview;
  const own = viewerTime(startsAt, timezone);
  return (
    <Stack gap={2}>
      <Text size="sm">
        {dateAndTime(startsAt, timezone)} {zoneName(startsAt, timezone)}
        {own === null ? '' : `, ${own} for you`}
      </Text>
      <Text size="sm" c="dimmed">
        {jobTitle === null ? '' : `${jobTitle} · `}
        {linkWords(interview.link)}
      </Text>
      <Text size="sm" c="dimmed">
        {consentStateWords[interview.consent.state]}
      </Text>
    </Stack>
  );
}

function ChoiceNote({ choice }: { choice: NonNullable<Interview['choice']> }) {
  const done = choice.action === 'join' ? 'sent for' : 'kept out';
  return (
    <Text size="sm">
      {`The notetaker was ${done} by a person on ${dateAndTime(choice.at)}.`}
      {choice.reason === null ? '' : ` “${choice.reason}”`}
    </Text>
  );
}

function Timeline({ entries }: { entries: TimelineEntry[] }) {
  if (entries.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nothing yet.
      </Text>
    );
  }
  const newestFirst = entries.toSorted((a, b) => b.at - a.at);
  return (
    <ol className={classes.timeline}>
      {newestFirst.map((entry) => (
        <li key={`${entry.at} ${entry.kind} ${entry.detail}`}>
          <Text size="sm">
            {entry.detail === '' ? sentence(humanise(entry.kind)) : entry.detail}
          </Text>
          <Text size="xs" c="dimmed">
            {dateAndTime(entry.at)}
          </Text>
        </li>
      ))}
    </ol>
  );
}
