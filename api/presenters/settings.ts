import { z } from 'zod';
import { epochMs } from './common.js';

const captureMode = z.enum(['choose_jobs', 'import_all']);
const consentMode = z.enum(['notice', 'opt_in', 'external']);
const whenUnreachable = z.enum(['join_if_fresh', 'skip']);

const region = z.strictObject({
  country: z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code'),
  subdivision: z.string().min(1).max(10).exactOptional(),
  mode: consentMode,
});

const restriction = z.strictObject({
  field: z.enum([
    'interviewType',
    'department',
    'location',
    'job',
    'interviewer',
    'title',
    'confidential',
  ]),
  match: z.string().min(1).max(200),
});

export const settings = z
  .object({
    captureMode,
    engagement: z.object({
      record: z.boolean(),
      transcribe: z.boolean(),
      candidateEmails: z.boolean(),
      interviewerEmails: z.boolean(),
    }),
    consent: z.object({
      mode: consentMode,
      noticeLeadHours: z.number(),
      regions: z.array(region),
      external: z.object({ declaredBy: z.string(), declaredAt: epochMs }).exactOptional(),
    }),
    joining: z.object({ whenUnreachable, neverAfterMinutes: z.number() }),
    restrictions: z.array(restriction),
    notetakerName: z.string(),
    alerts: z.object({ emails: z.array(z.string()), webhookUrl: z.string().nullable() }),
  })
  .meta({ id: 'Settings' });

/** Any part of the settings: objects merge, arrays are replaced (RFC 7396). */
export const settingsPatch = z
  .strictObject({
    captureMode: captureMode.exactOptional(),
    engagement: z
      .strictObject({
        record: z.boolean().exactOptional(),
        transcribe: z.boolean().exactOptional(),
        candidateEmails: z.boolean().exactOptional(),
        interviewerEmails: z.boolean().exactOptional(),
      })
      .exactOptional(),
    consent: z
      .strictObject({
        mode: consentMode.exactOptional(),
        noticeLeadHours: z.int().min(0).max(168).exactOptional(),
        regions: z.array(region).max(300).exactOptional(),
      })
      .exactOptional(),
    joining: z
      .strictObject({
        whenUnreachable: whenUnreachable.exactOptional(),
        neverAfterMinutes: z.int().min(0).max(120).exactOptional(),
      })
      .exactOptional(),
    restrictions: z.array(restriction).max(200).exactOptional(),
    notetakerName: z.string().trim().min(1).max(100).exactOptional(),
    alerts: z
      .strictObject({
        emails: z.array(z.email().max(254)).max(20).exactOptional(),
        webhookUrl: z
          .url({ protocol: /^https$/ })
          .max(2048)
          .nullable()
          .exactOptional(),
      })
      .exactOptional(),
  })
  .meta({ id: 'SettingsPatch' });

export type SettingsPatchBody = z.output<typeof settingsPatch>;

/** Pointers of what a patch asks for and this version does not enforce. */
export function notAvailableIn({ patch }: { patch: SettingsPatchBody }): string[] {
  return [
    patch.consent?.mode === 'opt_in' ? '/consent/mode' : null,
    isFilled(patch.consent?.regions) ? '/consent/regions' : null,
    isFilled(patch.restrictions) ? '/restrictions' : null,
    isFilled(patch.alerts?.emails) ? '/alerts/emails' : null,
    (patch.alerts?.webhookUrl ?? null) !== null ? '/alerts/webhookUrl' : null,
  ].filter((pointer) => pointer !== null);
}

function isFilled(list: readonly unknown[] | undefined): boolean {
  return (list?.length ?? 0) > 0;
}
