/** What can need an Owner beside any state of an installation, in order of urgency. */
const table = {
  credentials_rejected: {
    explanation: 'SmartRecruiters no longer accepts the client id and secret.',
    remedy:
      'Create a new credential in SmartRecruiters (Settings, Apps & Integrations, Credentials) and paste it here.',
  },
  scope_missing: {
    explanation: 'The credential lacks a scope that something you use rests on.',
    remedy:
      'Edit the credential in SmartRecruiters or create a new one with all nine scopes and the Administrator role, paste it here, and check again.',
  },
  mail_confirmation: {
    explanation: 'More people than usual would be mailed about interviews already scheduled.',
    remedy: 'Look at the number of people and confirm that the notices may go out.',
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

/** Open attentions by code with the time since when; only the most urgent one is shown. */
export type OpenAttentions = Partial<Record<AttentionCode, { since: number }>>;

export function mostUrgentAttention(open: OpenAttentions): Attention | null {
  for (const code of attentionCodes) {
    const found = open[code];
    if (found !== undefined) return { code, ...table[code], since: found.since };
  }
  return null;
}
