import { usePermissions } from '../api/context.js';
import type { Stopping } from '../api/types.js';
import { ago } from '../times.js';
import { stopReasonWords } from '../words.js';
import { Notice } from './notice.js';
import { useNow } from './use-now.js';

/** Says who can change what, to those who cannot. */
export function MemberNote() {
  const { owner, mayChoose } = usePermissions();
  if (owner) return null;
  return (
    <Notice tone="info" icon="person">
      {mayChoose
        ? 'You can send or keep away the notetaker for single interviews. Everything else is for an Owner of your Pillar organization to change.'
        : 'You can look at everything here. An Owner of your Pillar organization can change it; Admins can send or keep away the notetaker for single interviews.'}
    </Notice>
  );
}

export function StoppingNote({ stopping }: { stopping: Stopping[] }) {
  const now = useNow();
  const first = stopping[0];
  if (first === undefined) return null;
  return (
    <Notice
      tone="warn"
      icon="clock"
      title={
        stopping.length === 1
          ? 'One notetaker is still on its way out'
          : `${stopping.length} notetakers are still on their way out`
      }
    >
      {`${stopReasonWords(first.reason)}, since ${ago(first.since, now)}. No new one is sent; this settles by itself.`}
    </Notice>
  );
}
