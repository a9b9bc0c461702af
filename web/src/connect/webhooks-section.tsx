import { Code, List, Text } from '@mantine/core';
import { usePermissions } from '../api/context.js';
import type { Webhooks } from '../api/types.js';
import { Section } from '../shell/section.js';
import { Tag } from '../shell/tag.js';
import { useNow } from '../shell/use-now.js';
import { ago } from '../times.js';
import { webhookWords } from '../words.js';

/** Whether SmartRecruiters tells of changes by itself, and what to do so that it does. */
export function WebhooksSection({ webhooks }: { webhooks: Webhooks }) {
  const { owner } = usePermissions();
  const now = useNow();
  const { state, since, explanation, remedy } = webhooks;
  return (
    <Section
      title="Webhooks"
      description={`How Pillar hears of a change.${since === null ? '' : ` This way since ${ago(since, now)}.`}`}
      aside={<Tag {...webhookWords[state]} />}
    >
      <Text size="sm">{explanation}</Text>
      {state === 'no_scope' && owner ? (
        <Steps />
      ) : remedy === null ? null : (
        <Text size="sm">{remedy}</Text>
      )}
    </Section>
  );
}

function Steps() {
  return (
    <div>
      <Text size="sm" mb="xs">
        With it a new or moved interview shows here within seconds instead of minutes, with a
        fraction of the requests. Three steps:
      </Text>
      <List type="ordered" size="sm" spacing={6}>
        <List.Item>
          In SmartRecruiters click your picture, then <b>Settings</b>, and under Administration open{' '}
          <b>Apps &amp; Integrations</b>, <b>Credentials</b>. Edit the credential that Pillar uses.
        </List.Item>
        <List.Item>
          Tick <Code>webhooks_manage</Code> beside the nine scopes and save. If the scopes of a
          credential cannot be changed, create a new one with all ten and press{' '}
          <b>Replace credentials</b> below.
        </List.Item>
        <List.Item>
          Press <b>Check again</b> above. Pillar sets up the rest by itself, within a few minutes.
        </List.Item>
      </List>
    </div>
  );
}
