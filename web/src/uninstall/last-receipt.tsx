import { Button } from '@mantine/core';
import { ReceiptCard } from './receipt-card.js';
import { forgetReceipt, useRememberedReceipt } from './remembered-receipt.js';

/** The receipt of an uninstall that this browser asked for, until it is put away. */
export function LastReceipt({ orgId }: { orgId: string }) {
  const receiptId = useRememberedReceipt({ orgId });
  if (receiptId === null) return null;
  return (
    <ReceiptCard
      receiptId={receiptId}
      aside={
        <Button variant="default" onClick={() => forgetReceipt({ orgId })}>
          Dismiss
        </Button>
      }
    />
  );
}
