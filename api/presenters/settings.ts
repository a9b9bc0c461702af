import { z } from 'zod';
import { publicWebUrl } from '../../common/public-address.js';
import { epochMs } from './common.js';

const captureMode = z.enum(['choose_jobs', 'import_all']);
const consentMode = z.enum(['notice', 'opt_in', 'external']);
const whenUnreachable = z.enum(['join_if_fresh', 'skip']);

const region = z.strictObject({
  country: z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code'),
  subdivision: z.string().min(1).max(10).exactOptional(),
  mode: consentMode,
});

const restriction = z
  .strictObject({
    field: z.enum([
      'interviewType',
      'department',
      'location',
      'job',
      'interviewer',
      'title',
      'confidential',
    ]),
    match: z.string().trim().min(1, 'must not be empty').max(200),
  })
  .meta({
    id: 'Restriction',
    description:
      'Keeps the notetaker out, whatever else is allowed. Case and accents do not matter. `match` is a whole name for `interviewType` and `department`; a place or a part of it between commas for `location`; an id or a whole title for `job`; the id of a user for `interviewer`; whole words for `title` and `confidential`.',
  });

/** As the vendor's ids are: neither a name nor an address, which are kept nowhere. */
const userId = /^[A-Za-z0-9_.~-]{1,128}$/;
const anyWord = /[\p{L}\p{N}]/u;

/** A restriction that could never match would only look as if it kept the notetaker out. */
const newRestriction = restriction.superRefine(({ field, match }, context) => {
  const say = (message: string) => context.addIssue({ code: 'custom', path: ['match'], message });
  if (field === 'interviewer' && !userId.test(match)) {
    say('must be the id of a SmartRecruiters user, not a name or an address');
  }
  if (match !== '' && !anyWord.test(match)) say('must contain a letter or a digit');
});

const mostRestrictions = 200;
const mostAddresses = 20;

const webhookUrl = z
  .string()
  .max(2048)
  .refine((url) => publicWebUrl(url) !== null, {
    error:
      'must be an https address with a public host name, without an IP address, a user name or a password',
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
    restrictions: z
      .array(newRestriction)
      .max(mostRestrictions, `must be at most ${mostRestrictions}`)
      .exactOptional(),
    notetakerName: z.string().trim().min(1).max(100).exactOptional(),
    alerts: z
      .strictObject({
        emails: z
          .array(z.email('must be an e-mail address').max(254))
          .max(mostAddresses, `must be at most ${mostAddresses} addresses`)
          .refine(isEachOnce, { error: 'must not name an address twice' })
          .exactOptional(),
        webhookUrl: webhookUrl.nullable().exactOptional(),
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
  ].filter((pointer) => pointer !== null);
}

function isFilled(list: readonly unknown[] | undefined): boolean {
  return (list?.length ?? 0) > 0;
}

function isEachOnce(addresses: readonly string[]): boolean {
  return new Set(addresses.map((address) => address.toLowerCase())).size === addresses.length;
}
