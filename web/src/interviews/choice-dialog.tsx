import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useChoice } from '../api/queries.js';
import type { ChoiceAction } from '../api/types.js';
import { ProblemNotice } from '../shell/problem-notice.js';

const words: Record<ChoiceAction, { title: string; explanation: string; button: string }> = {
  join: {
    title: 'Send the notetaker',
    explanation:
      'It joins even if rules or the job say otherwise, but never without the candidate’s consent, while everything is paused, or against a restriction for privacy.',
    button: 'Send it',
  },
  skip: {
    title: 'Keep the notetaker out',
    explanation:
      'It stays out for good, also when the interview is moved. If it is in the meeting right now, it leaves.',
    button: 'Keep it out',
  },
  reset: {
    title: 'Undo the choice',
    explanation: 'The settings and the job decide again.',
    button: 'Let the settings decide',
  },
};

export function ChoiceDialog(props: {
  opened: boolean;
  close: () => void;
  action: ChoiceAction;
  interviewId: string;
  name: string;
  /** The interview has no meeting link that could be read: a person can give one. */
  askLink: boolean;
}) {
  const { opened, close, action, interviewId, name, askLink } = props;
  const choice = useChoice();
  const [reason, setReason] = useState('');
  const [link, setLink] = useState('');
  const { title, explanation, button } = words[action];
  const leave = () => {
    choice.reset();
    setReason('');
    setLink('');
    close();
  };

  return (
    <Modal opened={opened} onClose={leave} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          choice.mutate({ interviewId, action, reason, link }, { onSuccess: leave });
        }}
      >
        <Stack>
          <Text size="sm">
            <b>{name}.</b> {explanation}
          </Text>
          {askLink ? (
            <TextInput
              label="Meeting link"
              description="None was found in SmartRecruiters; paste the one that the interview uses."
              type="url"
              value={link}
              onChange={(event) => setLink(event.currentTarget.value)}
            />
          ) : null}
          <TextInput
            label="Reason (optional)"
            description="Your colleagues see it beside the interview."
            value={reason}
            maxLength={200}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          {choice.error === null ? null : <ProblemNotice problem={choice.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={leave}>
              Cancel
            </Button>
            <Button type="submit" loading={choice.isPending}>
              {button}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
