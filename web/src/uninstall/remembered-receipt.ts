import { useSyncExternalStore } from 'react';

const keyOf = (orgId: string) => `receipt of ${orgId}`;
const listeners = new Set<() => void>();

/**
 * The id of the last uninstall's receipt, so that it can still be shown after a reload: the
 * installation no longer tells it once it is gone. An id only, without meaning to anybody else.
 */
export function rememberReceipt(input: { orgId: string; receiptId: string }): void {
  window.localStorage.setItem(keyOf(input.orgId), input.receiptId);
  for (const listener of listeners) listener();
}

export function forgetReceipt({ orgId }: { orgId: string }): void {
  window.localStorage.removeItem(keyOf(orgId));
  for (const listener of listeners) listener();
}

export function useRememberedReceipt({ orgId }: { orgId: string }): string | null {
  return useSyncExternalStore(subscribe, () => window.localStorage.getItem(keyOf(orgId)));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
