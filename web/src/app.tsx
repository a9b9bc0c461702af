import { Button, Center, Container, Loader, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useSyncExternalStore } from 'react';
import type { Session } from './api/session.js';
import { OrganizationPage } from './organization-page.js';
import { SessionData } from './session-data.js';

/** From sign-in to the page of the visitor's organization. */
export function App({ session }: { session: Session }) {
  const status = useSyncExternalStore(session.subscribe, session.status);
  if (status.kind === 'signed_in') {
    return (
      <SessionData
        key={`${status.identity.orgId} ${status.identity.role}`}
        session={session}
        identity={status.identity}
      >
        <OrganizationPage />
      </SessionData>
    );
  }
  if (status.kind === 'signed_out') {
    return (
      <Doorway title="Please sign in">
        <Text c="dimmed">
          This page belongs to your Pillar account. Sign in and you come right back here.
        </Text>
        <Button component="a" href={status.signInUrl}>
          Sign in to Pillar
        </Button>
      </Doorway>
    );
  }
  if (status.kind === 'failed') {
    return (
      <Doorway title="The sign-in does not answer">
        <Text c="dimmed">Your settings are safe. It usually helps to try again in a moment.</Text>
        <Button onClick={() => void session.start()}>Try again</Button>
      </Doorway>
    );
  }
  return (
    <Center component="main" h="60vh">
      <Loader aria-label="Loading" />
    </Center>
  );
}

function Doorway({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Container component="main" size="xs" py="15vh">
      <Stack align="flex-start">
        <Title order={1}>{title}</Title>
        {children}
      </Stack>
    </Container>
  );
}
