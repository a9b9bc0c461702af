import { Tabs, type TabsProps } from '@mantine/core';
import { useHash } from '@mantine/hooks';
import type { Installation } from './api/types.js';
import { ConnectionTab } from './connect/connection-tab.js';
import classes from './connected-page.module.css';
import { InterviewsTab } from './interviews/interviews-tab.js';
import { JobsTab } from './jobs/jobs-tab.js';
import { SettingsTab } from './settings/settings-tab.js';
import { AttentionBanner } from './shell/attention-banner.js';
import { Icon } from './shell/icons.js';
import { ImportBar } from './shell/import-progress.js';
import { MemberNote, StoppingNote } from './shell/status-notes.js';
import { Summary } from './shell/summary.js';

const tabs = ['interviews', 'jobs', 'settings', 'connection'] as const;
type Tab = (typeof tabs)[number];

export function ConnectedPage({ installation }: { installation: Installation }) {
  const [hash, setHash] = useHash({ getInitialValueInEffect: false });
  const wanted = hash.replace('#', '');
  const tab: Tab = tabs.find((name) => name === wanted) ?? 'interviews';
  const change: NonNullable<TabsProps['onChange']> = (next) => setHash(next ?? 'interviews');

  return (
    <>
      <AttentionBanner installation={installation} />
      <MemberNote />
      <StoppingNote stopping={installation.stopping} />
      <ImportBar progress={installation.import} />
      <Summary installation={installation} />
      <Tabs value={tab} onChange={change} keepMounted={false}>
        <Tabs.List mb="md" aria-label="Parts of this page" className={classes.tabs}>
          <Tabs.Tab value="interviews" leftSection={<Icon name="calendar" />}>
            Interviews
          </Tabs.Tab>
          <Tabs.Tab value="jobs" leftSection={<Icon name="briefcase" />}>
            Jobs
          </Tabs.Tab>
          <Tabs.Tab value="settings" leftSection={<Icon name="video" />}>
            Settings
          </Tabs.Tab>
          <Tabs.Tab value="connection" leftSection={<Icon name="shield" />}>
            Connection
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="interviews">
          <InterviewsTab installation={installation} />
        </Tabs.Panel>
        <Tabs.Panel value="jobs">
          <JobsTab installation={installation} />
        </Tabs.Panel>
        <Tabs.Panel value="settings">
          <SettingsTab installation={installation} />
        </Tabs.Panel>
        <Tabs.Panel value="connection">
          <ConnectionTab installation={installation} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
