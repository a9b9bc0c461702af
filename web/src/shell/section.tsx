import { Box, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';

/** A card with a heading: the page is made of these. */
export function Section(props: {
  title: string;
  description?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
}) {
  const { title, description, aside, children } = props;
  const id = useId();
  return (
    <Paper component="section" withBorder p={{ base: 'md', sm: 'lg' }} aria-labelledby={id}>
      <Stack gap="md">
        <Group justify="space-between" align="flex-start" gap="sm">
          <Box flex="1 1 15rem" miw={0}>
            <Title order={2} id={id}>
              {title}
            </Title>
            {description === undefined ? null : (
              <Text size="sm" c="dimmed" mt={4} maw="72ch">
                {description}
              </Text>
            )}
          </Box>
          {aside}
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}
