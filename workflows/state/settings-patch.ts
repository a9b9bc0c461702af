import type { Settings, SettingsPatch } from '../contracts/settings.js';

/**
 * Merges a patch as JSON Merge Patch does: objects merge, arrays are replaced. When the consent mode
 * becomes `external`, who declared it and when is added; another mode drops it.
 */
export function mergeSettings(input: {
  settings: Settings;
  patch: SettingsPatch;
  declaredBy: string;
  declaredAt: number;
}): Settings {
  const { settings, patch } = input;
  const { external, ...consentBefore } = settings.consent;
  const consent = { ...consentBefore, ...patch.consent };
  const declaration = external ?? {
    declaredBy: input.declaredBy,
    declaredAt: input.declaredAt,
  };
  return {
    captureMode: patch.captureMode ?? settings.captureMode,
    engagement: { ...settings.engagement, ...patch.engagement },
    consent: consent.mode === 'external' ? { ...consent, external: declaration } : consent,
    joining: { ...settings.joining, ...patch.joining },
    restrictions: patch.restrictions ?? settings.restrictions,
    notetakerName: patch.notetakerName ?? settings.notetakerName,
    alerts: { ...settings.alerts, ...patch.alerts },
  };
}

/** The gate rests on a notice that would never be mailed. */
export function needsCandidateEmails(settings: Settings): boolean {
  return settings.consent.mode === 'notice' && !settings.engagement.candidateEmails;
}

/**
 * Whether the change can forbid a bot that was allowed before. Such a change writes the settings'
 * fence, so that a request that began under the old settings is found out. When in doubt it
 * narrows: a fence that was not needed costs one more claim, a missing one a bot too many.
 */
export function narrows(before: Settings, after: Settings): boolean {
  const consentChanged =
    before.consent.mode !== after.consent.mode && before.consent.mode !== 'opt_in';
  return (
    (before.engagement.record && !after.engagement.record) ||
    (before.captureMode === 'import_all' && after.captureMode === 'choose_jobs') ||
    (consentChanged && after.consent.mode !== 'external') ||
    after.consent.noticeLeadHours > before.consent.noticeLeadHours ||
    after.joining.neverAfterMinutes < before.joining.neverAfterMinutes ||
    (before.joining.whenUnreachable !== after.joining.whenUnreachable &&
      after.joining.whenUnreachable === 'skip') ||
    JSON.stringify(before.restrictions) !== JSON.stringify(after.restrictions)
  );
}
