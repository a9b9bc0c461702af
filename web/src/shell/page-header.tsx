import { Box, Container, Group, Text, Title } from '@mantine/core';
import { useApi } from '../api/context.js';
import type { InstallationState } from '../api/types.js';
import { installationWords, roleWords } from '../words.js';
import { LiveIndicator } from './live-indicator.js';
import { Tag } from './tag.js';

export function PageHeader({ state }: { state: InstallationState | null }) {
  const { role } = useApi().identity;
  return (
    <Box component="header" py="lg">
      <Container size="lg">
        <Group justify="space-between" gap="sm">
          <Group gap="sm">
            <img src="/favicon.svg" alt="" width={34} height={34} />
            <Title order={1}>SmartRecruiters</Title>
            {state === null ? null : <Tag {...installationWords[state]} />}
          </Group>
          <Group gap="md">
            <Text component="span" size="xs" c="dimmed">
              You are {roleWords[role]}
            </Text>
            <LiveIndicator />
          </Group>
        </Group>
      </Container>
    </Box>
  );
}
