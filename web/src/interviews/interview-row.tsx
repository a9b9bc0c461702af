import { Text, UnstyledButton } from '@mantine/core';
import type { Interview, InterviewSession } from '../api/types.js';
import { Icon } from '../shell/icons.js';
import { Tag } from '../shell/tag.js';
import { linkWords, verdictWords, whoCanChange } from '../words.js';
import { ChoiceButtons } from './choice-buttons.js';
import { isUnderWay } from './grouping.js';
import classes from './interviews.module.css';
import { SessionProgress } from './session-progress.js';
import { StartTime } from './start-time.js';

export function InterviewRow(props: {
  interview: Interview;
  jobTitle: string | null;
  now: number;
  open: () => void;
}) {
  const { interview, jobTitle, now, open } = props;
  const { decision, sessions } = interview;
  const name = interviewName(interview);
  const settled = sessions.length > 0 && sessions.every((session) => session.outcome !== null);
  const asDecided = decision.verdict === 'join' && sessions.some(isUnderWay);

  return (
    <li className={classes.row} aria-label={name}>
      <StartTime at={interview.startsAt} zone={interview.timezone} />
      <div className={classes.what}>
        <UnstyledButton className={classes.name} onClick={open} aria-label={`Details of ${name}`}>
          {name}
        </UnstyledButton>
        <Text size="xs" c="dimmed">
          {jobTitle === null ? '' : `${jobTitle} · `}
          {linkWords(interview.link)}
        </Text>
        {settled || asDecided ? null : (
          <div className={classes.decision}>
            <Tag {...verdictWords[decision.verdict]} />
            <Text size="sm">
              {decision.explanation}{' '}
              <Text span size="sm" c="dimmed">
                {decision.verdict === 'join' ? '' : whoCanChange(decision.fixableBy)}
              </Text>
            </Text>
          </div>
        )}
        {interview.stopping === null ? null : (
          <Text size="sm" c="var(--warn)">
            <Icon name="clock" size={13} /> The notetaker is on its way out.
          </Text>
        )}
      </div>
      <div className={classes.side}>
        {sessions
          .filter((session) => isTelling(session, decision.verdict))
          .map((session) => (
            <SessionProgress
              key={session.sessionId}
              session={session}
              label={sessions.length > 1 ? session.startsAt : null}
              zone={interview.timezone}
              reason={session.explanation}
            />
          ))}
        {now < interview.endsAt ? <ChoiceButtons interview={interview} name={name} /> : null}
      </div>
    </li>
  );
}

export function interviewName(interview: Interview): string {
  const { title, interviewType } = interview;
  return title === '' ? (interviewType ?? 'Interview') : title;
}

/** A session that waits for its time says nothing where no notetaker is to come. */
function isTelling(session: InterviewSession, verdict: Interview['decision']['verdict']): boolean {
  return verdict === 'join' || session.outcome !== null || session.state !== 'waiting';
}
