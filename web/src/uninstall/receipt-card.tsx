import { Anchor, Group, Text } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { useReceipt } from '../api/queries.js';
import type { Receipt } from '../api/types.js';
import { Notice } from '../shell/notice.js';
import { QueryStates } from '../shell/query-states.js';
import { Section } from '../shell/section.js';
import { Tag } from '../shell/tag.js';

export function ReceiptCard({ receiptId, aside }: { receiptId: string; aside?: ReactNode }) {
  const query = useReceipt(receiptId);
  return (
    <Section
      title="Receipt of the uninstall"
      description="Signed by Pillar; it can be fetched for 90 days."
      aside={aside}
    >
      <QueryStates query={query} rows={1}>
        {(receipt) => <Body receipt={receipt} />}
      </QueryStates>
    </Section>
  );
}

function Body({ receipt }: { receipt: Receipt }) {
  const completed = receipt.state === 'completed';
  return (
    <>
      <Group gap="sm">
        <Tag
          tone={completed ? 'good' : 'info'}
          label={completed ? 'Completed' : 'Still being carried out'}
        />
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {receipt.receiptId}
        </Text>
      </Group>
      {completed ? (
        <>
          <Notice tone="good">
            The connection is gone: no notetaker, no mail and no request to SmartRecruiters comes
            from it any more.
          </Notice>
          {receipt.jws === null ? null : (
            <SaveLink receiptId={receipt.receiptId} jws={receipt.jws} />
          )}
        </>
      ) : null}
    </>
  );
}

function SaveLink({ receiptId, jws }: { receiptId: string; jws: string }) {
  const [href, setHref] = useState<string | null>(null);
  useEffect(() => {
    const url = URL.createObjectURL(new Blob([jws], { type: 'application/jose' }));
    setHref(url);
    return () => URL.revokeObjectURL(url);
  }, [jws]);
  if (href === null) return null;
  return (
    <Anchor size="sm" href={href} download={`${receiptId}.jws`}>
      Save the signed receipt
    </Anchor>
  );
}
