import { Button, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { usePermissions } from '../api/context.js';
import type { ChoiceAction, Interview } from '../api/types.js';
import { ChoiceDialog } from './choice-dialog.js';

/** A person's word goes before rules, but not before these. */
const beyondChoice: readonly Interview['decision']['code'][] = [
  'confidential',
  'interviewer_opted_out',
  'restricted',
  'record_off',
  'fenced_by_operations',
  'room_forbidden',
  'declined',
  'notice_pending',
  'notice_too_late',
  'notice_undeliverable',
  'paused',
  'not_active',
  'cancelled',
  'too_late',
  'over',
];

function mayJoin({ choice, decision }: Interview): boolean {
  if (choice?.action === 'join' || decision.verdict === 'join') return false;
  return !beyondChoice.includes(decision.code);
}

/** A no of an earlier connection has no choice beside it, but can be taken back as well. */
function mayUndo({ choice, decision }: Interview): boolean {
  return choice !== null || decision.code === 'skipped_by_person';
}

/** What a person who may choose can do about one interview. */
export function ChoiceButtons({ interview, name }: { interview: Interview; name: string }) {
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
      <Group gap={6}>
        {mayJoin(interview) ? offer('join', 'Join') : null}
        {interview.decision.verdict === 'skip' ? null : offer('skip', 'Skip')}
        {mayUndo(interview) ? offer('reset', 'Undo choice') : null}
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
