/** What can need an Owner beside any state of an installation, in order of urgency. */
const table = {
  credentials_rejected: {
    explanation: () => 'SmartRecruiters no longer accepts the client id and secret.',
    remedy:
      'Create a new credential in SmartRecruiters (Settings, Apps & Integrations, Credentials) and paste it here.',
  },
  scope_missing: {
    explanation: () => 'The credential lacks a scope that something you use rests on.',
    remedy:
      'Edit the credential in SmartRecruiters or create a new one with all nine scopes and the Administrator role, paste it here, and check again.',
  },
  mail_confirmation: {
    explanation: () => 'More people than usual would be mailed about interviews already scheduled.',
    remedy: 'Look at the number of people and confirm that the notices may go out.',
  },
  jobs_hidden: {
    explanation: (count: number | null) =>
      `SmartRecruiters no longer shows this credential ${count === 1 ? 'one job that is' : `${count ?? 'some'} jobs that are`} turned on here.`,
    remedy:
      'If they were not deleted, give the credential the Administrator role and no access group, or one that covers these jobs. Otherwise turn them off here.',
  },
  watch_stale: {
    explanation: () =>
      'Changes in SmartRecruiters reach Pillar later than they should: there is more to read than SmartRecruiters’ request limit allows.',
    remedy:
      'Add the scope webhooks_manage to the credential so that SmartRecruiters tells of changes itself, or turn off jobs that need no notetaker.',
  },
} as const;

export type AttentionCode = keyof typeof table;
export const attentionCodes = Object.keys(table) as AttentionCode[];

export interface Attention {
  code: AttentionCode;
  explanation: string;
  remedy: string;
  since: number;
}

/** Open attentions by code: since when, and how many things they are about where that matters. */
export type OpenAttentions = Partial<
  Record<AttentionCode, { since: number; count?: number | null }>
>;

/** In words, the most urgent one first; a page shows that one. */
export function attentionsInOrder(open: OpenAttentions): Attention[] {
  return attentionCodes.flatMap((code) => {
    const found = open[code];
    if (found === undefined) return [];
    const { explanation, remedy } = table[code];
    return [{ code, explanation: explanation(found.count ?? null), remedy, since: found.since }];
  });
}
