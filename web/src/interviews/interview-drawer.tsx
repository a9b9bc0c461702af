import { Drawer, Stack, Text, Title } from '@mantine/core';
import { useInterview } from '../api/queries.js';
import type { Interview, InterviewSession } from '../api/types.js';
import { QueryStates } from '../shell/query-states.js';
import { Tag } from '../shell/tag.js';
import { useNow } from '../shell/use-now.js';
import { dateAndTime, timeIn, viewerTime, zoneName } from '../times.js';
import { consentStateWords, linkWords, verdictWords, whoCanChange } from '../words.js';
import { CapturedSection } from './captured-section.js';
import { ChoiceButtons } from './choice-buttons.js';
import { interviewName } from './interview-row.js';
import { SessionProgress } from './session-progress.js';
import { Timeline } from './timeline.js';

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
  const now = useNow();
  return (
    <QueryStates query={query}>
      {(interview) => (
        <Stack gap="lg">
          <Facts interview={interview} jobTitle={jobTitle} />
          <DecisionPart interview={interview} now={now} />
          <Stack gap="xs">
            <Title order={3}>Notetaker</Title>
            {interview.sessions.length === 0 ? (
              <Text size="sm" c="dimmed">
                Nothing is planned.
              </Text>
            ) : (
              interview.sessions.map((session) => (
                <Stack key={session.sessionId} align="flex-start" gap={2}>
                  <SessionProgress
                    session={session}
                    label={interview.sessions.length > 1 ? session.startsAt : null}
                    zone={interview.timezone}
                    reason={null}
                  />
                  <SessionDetails session={session} zone={interview.timezone} />
                </Stack>
              ))
            )}
          </Stack>
          <CapturedSection interview={interview} name={interviewName(interview)} />
          <Stack gap="sm">
            <Title order={3}>What happened so far</Title>
            <Timeline entries={interview.timeline ?? []} />
          </Stack>
        </Stack>
      )}
    </QueryStates>
  );
}

function DecisionPart({ interview, now }: { interview: Interview; now: number }) {
  const { decision, choice, endsAt, sessions } = interview;
  const settled = sessions.length > 0 && sessions.every(({ outcome }) => outcome !== null);
  return (
    <Stack gap={6} align="flex-start">
      <Title order={3}>{settled ? 'What was decided, and why' : 'Will it join, and why?'}</Title>
      {settled ? null : <Tag {...verdictWords[decision.verdict]} />}
      <Text size="sm">{decision.explanation}</Text>
      <Text size="sm" c="dimmed">
        {[deciders[decision.decidedBy], whoCanChange(decision.fixableBy)]
          .filter((words) => words !== null)
          .join(' ')}
      </Text>
      {choice === null ? null : <ChoiceNote choice={choice} />}
      {now < endsAt ? (
        <ChoiceButtons interview={interview} name={interviewName(interview)} />
      ) : null}
    </Stack>
  );
}

const deciders: Record<Interview['decision']['decidedBy'], string> = {
  rules: 'Decided by the rules.',
  owner: 'Decided by an Owner’s settings.',
  person: 'Decided by a person.',
  candidate: 'Decided by the candidate.',
  system: 'Decided by the system.',
};

/** When it was in the call, why it ended as it did, and what to do about that. */
function SessionDetails({ session, zone }: { session: InterviewSession; zone: string }) {
  const { joinedAt, endedAt, outcome, explanation, remedy } = session;
  const until =
    endedAt === null ? (outcome === null ? ' until now' : '') : ` until ${timeIn(endedAt, zone)}`;
  return (
    <>
      {joinedAt === null ? null : (
        <Text size="sm" c="dimmed">
          {`In the call from ${timeIn(joinedAt, zone)}${until}.`}
        </Text>
      )}
      {outcome === null || explanation === null ? null : <Text size="sm">{explanation}</Text>}
      {outcome === null || remedy === null ? null : (
        <Text size="sm" c="dimmed">
          {remedy}
        </Text>
      )}
    </>
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
