import fc from 'fast-check';
import {
  defaultSettings,
  type Settings,
  type SettingsPatch,
} from '../../../workflows/contracts/settings.js';
import { mergeSettings } from '../../../workflows/contracts/settings-merge.js';
import { narrows, needsCandidateEmails } from '../../../workflows/state/settings-patch.js';

const merge = (patch: SettingsPatch, settings: Settings = defaultSettings) =>
  mergeSettings({ settings, patch, declaredBy: 'owner', declaredAt: 7 });

const patch: fc.Arbitrary<SettingsPatch> = fc.record(
  {
    captureMode: fc.constantFrom('choose_jobs', 'import_all'),
    engagement: fc.record(
      { record: fc.boolean(), candidateEmails: fc.boolean() },
      { requiredKeys: [] },
    ),
    consent: fc.record(
      {
        mode: fc.constantFrom('notice', 'opt_in', 'external'),
        noticeLeadHours: fc.integer({ min: 1, max: 90 }),
      },
      { requiredKeys: [] },
    ),
    restrictions: fc.constantFrom([], [{ field: 'title' as const, match: 'x' }]),
    notetakerName: fc.string(),
    alerts: fc.record(
      { webhookUrl: fc.constantFrom(null, 'https://a.test') },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

describe('a patch of settings', () => {
  it('that is empty changes nothing; one that is merged twice is merged once', () => {
    fc.assert(
      fc.property(patch, patch, (first, second) => {
        const settings = merge(first);
        expect(merge({}, settings)).toEqual(settings);
        const once = merge(second, settings);
        expect(merge(second, once)).toEqual(once);
        expect(narrows(once, merge(second, once))).toBe(false);
      }),
    );
  });

  it('merges objects, replaces lists, and leaves the rest', () => {
    const merged = merge({
      engagement: { record: false },
      restrictions: [{ field: 'job', match: 'j' }],
    });
    expect(merged.engagement).toEqual({ ...defaultSettings.engagement, record: false });
    expect(merge({ restrictions: [] }, merged).restrictions).toEqual([]);
    expect(merged.consent).toEqual(defaultSettings.consent);
  });

  it('names who declared that notice is given elsewhere, keeps it, and drops it with the mode', () => {
    const external = merge({ consent: { mode: 'external' } });
    expect(external.consent.external).toEqual({ declaredBy: 'owner', declaredAt: 7 });
    const later = mergeSettings({
      settings: external,
      patch: { notetakerName: 'N' },
      declaredBy: 'b',
      declaredAt: 9,
    });
    expect(later.consent.external).toEqual({ declaredBy: 'owner', declaredAt: 7 });
    expect(merge({ consent: { mode: 'notice' } }, external).consent.external).toBeUndefined();
  });

  it('needs mails to candidates for the gate that rests on them, and for no other', () => {
    const without = { engagement: { candidateEmails: false } };
    expect(needsCandidateEmails(merge(without))).toBe(true);
    expect(needsCandidateEmails(merge({ ...without, consent: { mode: 'external' } }))).toBe(false);
    expect(needsCandidateEmails(defaultSettings)).toBe(false);
  });
});

describe('a change', () => {
  const pairs: [string, SettingsPatch, SettingsPatch][] = [
    ['recording', { engagement: { record: true } }, { engagement: { record: false } }],
    ['capture mode', { captureMode: 'import_all' }, { captureMode: 'choose_jobs' }],
    [
      'consent by declaration or notice',
      { consent: { mode: 'external' } },
      { consent: { mode: 'notice' } },
    ],
    [
      'consent by notice or by answer',
      { consent: { mode: 'notice' } },
      { consent: { mode: 'opt_in' } },
    ],
    [
      'consent by declaration or answer',
      { consent: { mode: 'external' } },
      { consent: { mode: 'opt_in' } },
    ],
    [
      'lead of the notice',
      { consent: { noticeLeadHours: 24 } },
      { consent: { noticeLeadHours: 25 } },
    ],
    [
      'how late it may come',
      { joining: { neverAfterMinutes: 10 } },
      { joining: { neverAfterMinutes: 9 } },
    ],
    [
      'a vendor that is away',
      { joining: { whenUnreachable: 'join_if_fresh' } },
      { joining: { whenUnreachable: 'skip' } },
    ],
  ];
  it.each(pairs)('of %s narrows one way and not the other', (_what, wide, narrow) => {
    expect(narrows(merge(wide), merge(narrow, merge(wide)))).toBe(true);
    expect(narrows(merge(narrow), merge(wide, merge(narrow)))).toBe(false);
  });

  it('of restrictions narrows when one comes, not when one goes or they are put in order', () => {
    const job = { field: 'job', match: 'j' } as const;
    const title = { field: 'title', match: 'j' } as const;
    const both = merge({ restrictions: [job, title] });
    expect(narrows(defaultSettings, merge({ restrictions: [job] }))).toBe(true);
    expect(narrows(merge({ restrictions: [job] }), merge({ restrictions: [title] }))).toBe(true);
    expect(narrows(both, merge({ restrictions: [title, job] }))).toBe(false);
    expect(narrows(both, merge({ restrictions: [job] }))).toBe(false);
    expect(narrows(both, merge({ restrictions: [] }))).toBe(false);
  });

  it('of names, alerts and mails does not narrow', () => {
    const others = {
      notetakerName: 'N',
      alerts: { webhookUrl: 'https://a.test' },
      engagement: { interviewerEmails: false },
    };
    expect(narrows(defaultSettings, merge(others))).toBe(false);
  });
});
