import type { Settings, SettingsPatch } from '../../../workflows/contracts/settings.js';
import type { Installation } from './types.js';

/** What the API will answer to this JSON Merge Patch, shown until it does. */
export function mergeSettings(installation: Installation, patch: SettingsPatch): Installation {
  const { settings } = installation;
  const merged: Settings = {
    ...settings,
    captureMode: patch.captureMode ?? settings.captureMode,
    engagement: { ...settings.engagement, ...patch.engagement },
    consent: { ...settings.consent, ...patch.consent },
    joining: { ...settings.joining, ...patch.joining },
    restrictions: patch.restrictions ?? settings.restrictions,
    notetakerName: patch.notetakerName ?? settings.notetakerName,
    alerts: { ...settings.alerts, ...patch.alerts },
  };
  return { ...installation, captureMode: merged.captureMode, settings: merged };
}
