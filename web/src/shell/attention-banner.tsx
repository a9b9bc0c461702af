import { Button, Group, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { usePermissions } from '../api/context.js';
import { useInstallationCommand } from '../api/queries.js';
import type { Installation } from '../api/types.js';
import { CredentialForm } from '../connect/credential-form.js';
import { ago } from '../times.js';
import { attentionTitles } from '../words.js';
import { Notice } from './notice.js';
import { ProblemNotice } from './problem-notice.js';
import { useNow } from './use-now.js';

/** What needs an Owner, why, and the buttons that settle it. */
export function AttentionBanner({ installation }: { installation: Installation }) {
  const { attention } = installation;
  const { owner } = usePermissions();
  const now = useNow();
  const [replacing, { open, close }] = useDisclosure(false);
  const check = useInstallationCommand(() => ({ method: 'POST', path: '/validate' }));
  const confirmMail = useInstallationCommand(() => ({ method: 'POST', path: '/mail/confirm' }));
  const problem = check.error ?? confirmMail.error;

  return (
    <>
      {attention === null ? null : (
        <Notice tone="warn" title={attentionTitles[attention.code]} urgent>
          <Text size="sm">
            {attention.explanation} {attention.remedy}
          </Text>
          <Text size="xs" mt={4}>
            Since {ago(attention.since, now)}
          </Text>
          {owner ? (
            <Group gap="xs" mt="sm">
              {attention.code === 'mail_confirmation' ? (
                <Button
                  size="xs"
                  loading={confirmMail.isPending}
                  onClick={() => confirmMail.mutate()}
                >
                  Let the notices go out
                </Button>
              ) : attention.code === 'watch_stale' ? (
                <Button size="xs" component="a" href="#connection">
                  How to add webhooks
                </Button>
              ) : (
                <>
                  <Button size="xs" onClick={open}>
                    Replace credentials
                  </Button>
                  <Button
                    size="xs"
                    variant="default"
                    loading={check.isPending}
                    onClick={() => check.mutate()}
                  >
                    Check again
                  </Button>
                </>
              )}
            </Group>
          ) : null}
        </Notice>
      )}
      {problem === null ? null : <ProblemNotice problem={problem} />}
      <Modal opened={replacing} onClose={close} title="Replace the credentials">
        <CredentialForm submitLabel="Replace and check" onDone={close} />
      </Modal>
    </>
  );
}
