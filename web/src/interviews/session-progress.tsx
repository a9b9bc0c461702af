import { Text, VisuallyHidden } from '@mantine/core';
import type { InterviewSession } from '../api/types.js';
import { Tag } from '../shell/tag.js';
import { timeIn } from '../times.js';
import { outcomeWords, sessionSteps } from '../words.js';
import classes from './interviews.module.css';

/** How far the notetaker has come with one session; once it is over, what became of it. */
export function SessionProgress(props: {
  session: InterviewSession;
  /** Start of the session, given when an interview has several. */
  label: number | null;
  zone: string | null;
  /** Why it ended as it did; null where that is told elsewhere. */
  reason: string | null;
}) {
  const { session, label, zone, reason } = props;
  const reached = sessionSteps.findIndex((step) => step.state === session.state);
  const current = sessionSteps[reached];
  return (
    <div className={classes.session}>
      {label === null ? null : (
        <Text size="xs" c="dimmed">
          Part at {timeIn(label, zone)}
        </Text>
      )}
      {session.outcome === null ? (
        <>
          <ol className={classes.steps} aria-label="Progress of the notetaker">
            {sessionSteps.map((step, index) => (
              <li
                key={step.state}
                className={classes.step}
                data-reached={index <= reached || undefined}
                data-live={step.state === session.state || undefined}
                aria-current={step.state === session.state ? 'step' : undefined}
                title={step.label}
              >
                <VisuallyHidden>{step.label}</VisuallyHidden>
              </li>
            ))}
          </ol>
          <Text size="xs" c="dimmed" role="status">
            {current?.label}
          </Text>
        </>
      ) : (
        <>
          <Tag {...outcomeWords[session.outcome]} />
          {reason === null || session.outcome === 'captured' ? null : (
            <Text size="xs" c="dimmed" className={classes.reason}>
              {reason}
            </Text>
          )}
        </>
      )}
    </div>
  );
}
