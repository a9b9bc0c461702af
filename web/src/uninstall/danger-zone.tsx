import { Button, Group, List, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useUninstall } from '../api/queries.js';
import { ProblemNotice } from '../shell/problem-notice.js';
import { Section } from '../shell/section.js';

const word = 'uninstall';

export function DangerZone() {
  const [asking, { open, close }] = useDisclosure(false);
  return (
    <Section
      title="Uninstall"
      description="Ends the connection for good. To stop only for a while, pause instead."
      aside={
        <Button variant="outline" color="red" c="var(--bad)" onClick={open}>
          Uninstall SmartRecruiters
        </Button>
      }
    >
      <Modal opened={asking} onClose={close} title="Uninstall SmartRecruiters?">
        <Confirmation close={close} />
      </Modal>
    </Section>
  );
}

function Confirmation({ close }: { close: () => void }) {
  const [typed, setTyped] = useState('');
  const uninstall = useUninstall();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        uninstall.mutate();
      }}
    >
      <Stack>
        <List size="sm" spacing={4}>
          <List.Item>Notetakers in meetings leave, planned ones are called off.</List.Item>
          <List.Item>No mail and no request to SmartRecruiters goes out any more.</List.Item>
          <List.Item>The credential is destroyed, data about people is erased.</List.Item>
          <List.Item>You get a signed receipt.</List.Item>
        </List>
        <Text size="sm">This cannot be undone.</Text>
        <TextInput
          label={`Type “${word}” to confirm`}
          value={typed}
          autoComplete="off"
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {uninstall.error === null ? null : <ProblemNotice problem={uninstall.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Keep the connection
          </Button>
          <Button
            type="submit"
            color="red.8"
            disabled={typed.trim().toLowerCase() !== word}
            loading={uninstall.isPending}
          >
            Uninstall
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
