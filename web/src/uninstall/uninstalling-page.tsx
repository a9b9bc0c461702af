import { Progress, Text } from '@mantine/core';
import type { Installation } from '../api/types.js';
import { Section } from '../shell/section.js';
import { StoppingNote } from '../shell/status-notes.js';
import { ReceiptCard } from './receipt-card.js';
import { useRememberedReceipt } from './remembered-receipt.js';

export function UninstallingPage({ installation }: { installation: Installation }) {
  const receiptId = useRememberedReceipt({ orgId: installation.orgId });
  return (
    <>
      <Section
        title="Uninstalling"
        description="Nothing new begins any more. You can leave this page: it goes on by itself."
      >
        <div role="status">
          <Text size="sm" mb={6}>
            {installation.stopping.length === 0
              ? 'Erasing data about people and destroying the credential.'
              : 'Waiting until the last notetaker is out.'}
          </Text>
          <Progress value={100} animated aria-label="Uninstalling" />
        </div>
        <StoppingNote stopping={installation.stopping} />
      </Section>
      {receiptId === null ? null : <ReceiptCard receiptId={receiptId} />}
    </>
  );
}
