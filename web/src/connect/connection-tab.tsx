import { Button, Modal, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { usePermissions } from '../api/context.js';
import type { Installation } from '../api/types.js';
import { ScopesSection } from '../scopes/scopes-section.js';
import { Section } from '../shell/section.js';
import { DangerZone } from '../uninstall/danger-zone.js';
import { CredentialForm } from './credential-form.js';
import { WebhooksSection } from './webhooks-section.js';

export function ConnectionTab({ installation }: { installation: Installation }) {
  const { owner } = usePermissions();
  return (
    <Stack gap="md">
      <ScopesSection scopes={installation.scopes} />
      {installation.webhooks === null ? null : <WebhooksSection webhooks={installation.webhooks} />}
      {owner ? (
        <>
          <ReplaceSection />
          <DangerZone />
        </>
      ) : null}
    </Stack>
  );
}

function ReplaceSection() {
  const [replacing, { open, close }] = useDisclosure(false);
  return (
    <Section
      title="Credential"
      description="Before you delete or renew the credential in SmartRecruiters, paste the new one here. It takes over without a gap, as long as it belongs to the same company."
      aside={
        <Button variant="default" onClick={open}>
          Replace credentials
        </Button>
      }
    >
      <Modal opened={replacing} onClose={close} title="Replace the credentials">
        <CredentialForm submitLabel="Replace and check" onDone={close} />
      </Modal>
    </Section>
  );
}
