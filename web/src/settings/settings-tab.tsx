import { Stack } from '@mantine/core';
import { usePermissions } from '../api/context.js';
import type { Installation } from '../api/types.js';
import { AlertsSection } from './alerts-section.js';
import { CaptureSection } from './capture-section.js';
import { ConsentSection } from './consent-section.js';
import { EngagementSection } from './engagement-section.js';
import { RestrictionsSection } from './restrictions-section.js';

export function SettingsTab({ installation }: { installation: Installation }) {
  const { owner } = usePermissions();
  const { settings } = installation;
  return (
    <Stack gap="md">
      <CaptureSection mode={settings.captureMode} editable={owner} />
      <EngagementSection settings={settings} editable={owner} />
      <RestrictionsSection restrictions={settings.restrictions} editable={owner} />
      <ConsentSection consent={settings.consent} editable={owner} />
      <AlertsSection alerts={settings.alerts} editable={owner} />
    </Stack>
  );
}
