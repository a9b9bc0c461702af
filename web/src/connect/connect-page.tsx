import { Code, Grid, Stack, Text } from '@mantine/core';
import { usePermissions } from '../api/context.js';
import { Section } from '../shell/section.js';
import { MemberNote } from '../shell/status-notes.js';
import { LastReceipt } from '../uninstall/last-receipt.js';
import classes from './connect.module.css';
import { CredentialForm } from './credential-form.js';
import { ScopesToCopy } from './scopes-to-copy.js';

/** From nothing to a connection: what to do in SmartRecruiters, and where to paste it. */
export function ConnectPage({ orgId, validating }: { orgId: string; validating: boolean }) {
  const { owner } = usePermissions();
  return (
    <>
      <LastReceipt orgId={orgId} />
      <MemberNote />
      <Grid gap="md" align="flex-start">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Section
            title="Connect SmartRecruiters"
            description="Once connected, Pillar finds the interviews of the jobs you choose and its notetaker joins them. You need the Owner permission in Pillar and an administrator’s account in SmartRecruiters. Five minutes, two windows."
          >
            <Steps />
          </Section>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }} className={classes.form}>
          <Section
            title="Paste the credential"
            description="Nothing is joined yet after this: you choose the jobs first."
          >
            {owner ? (
              <CredentialForm submitLabel="Connect" validating={validating} />
            ) : (
              <Text size="sm">
                Only an Owner can paste a credential. Show them this page: the steps are the same.
              </Text>
            )}
          </Section>
        </Grid.Col>
      </Grid>
    </>
  );
}

function Steps() {
  return (
    <ol className={classes.steps}>
      <li>
        <Text fw={600}>Find the credentials in SmartRecruiters</Text>
        <Text size="sm" c="dimmed">
          Click your picture, then <b>Settings</b>. Under Administration choose{' '}
          <b>Apps &amp; Integrations</b>, and there <b>Credentials</b>.
        </Text>
      </li>
      <li>
        <Text fw={600}>Start a new one</Text>
        <Text size="sm" c="dimmed">
          <b>New credential</b>, kind <b>OAuth client ID</b>, then Next. Call it something your
          colleagues will recognise, such as <Code>Pillar notetaker</Code>.
        </Text>
      </li>
      <li>
        <Text fw={600}>Let it see every interview</Text>
        <Text size="sm" c="dimmed">
          System role <b>Administrator</b>, and <b>no access group</b>. A narrower role or a group
          hides interviews without saying so, and the notetaker would miss them.
        </Text>
      </li>
      <li>
        <Stack gap="xs">
          <div>
            <Text fw={600}>Tick these nine scopes</Text>
            <Text size="sm" c="dimmed">
              No more are needed. After you connect, each one is tried and you see what works.
            </Text>
          </div>
          <ScopesToCopy />
        </Stack>
      </li>
      <li>
        <Text fw={600}>Generate, copy, paste</Text>
        <Text size="sm" c="dimmed">
          Press <b>Generate</b>. SmartRecruiters shows the client ID and secret once: copy both into
          the form on this page right away.
        </Text>
      </li>
    </ol>
  );
}
