import type { Settings, SettingsPatch } from './settings.js';

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
