import { Button, Group, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { usePermissions } from '../api/context.js';
import type { ChoiceAction, Interview, InterviewSession } from '../api/types.js';
import { Icon } from '../shell/icons.js';
import { Tag } from '../shell/tag.js';
import { linkWords, verdictWords, whoCanChange } from '../words.js';
import { ChoiceDialog } from './choice-dialog.js';
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
            />
          ))}
        {now < interview.endsAt ? <Actions interview={interview} name={name} /> : null}
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

/** A person's word goes before rules, but not before these. */
const beyondChoice: Interview['decision']['code'][] = [
  'declined',
  'notice_pending',
  'notice_too_late',
  'notice_undeliverable',
  'paused',
  'not_active',
  'cancelled',
  'over',
];

function mayJoin({ choice, decision }: Interview): boolean {
  if (choice?.action === 'join' || decision.verdict === 'join') return false;
  return !beyondChoice.includes(decision.code);
}

function Actions({ interview, name }: { interview: Interview; name: string }) {
  const { mayChoose } = usePermissions();
  const [asking, { open, close }] = useDisclosure(false);
  const [action, setAction] = useState<ChoiceAction>('skip');
  if (!mayChoose) return null;
  const offer = (next: ChoiceAction, label: string) => (
    <Button
      size="compact-xs"
      variant="default"
      aria-label={`${label}: ${name}`}
      onClick={() => {
        setAction(next);
        open();
      }}
    >
      {label}
    </Button>
  );
  return (
    <>
      <Group gap={6} justify="flex-end">
        {mayJoin(interview) ? offer('join', 'Join') : null}
        {interview.decision.verdict === 'skip' ? null : offer('skip', 'Skip')}
        {interview.choice === null ? null : offer('reset', 'Undo choice')}
      </Group>
      <ChoiceDialog
        opened={asking}
        close={close}
        action={action}
        interviewId={interview.interviewId}
        name={name}
        askLink={action === 'join' && interview.link.state !== 'found'}
      />
    </>
  );
}
