import { Group, Text } from '@mantine/core';
import type { Installation, Load, Tier, TierFreshness } from '../api/types.js';
import { Notice } from '../shell/notice.js';
import { EmptyState } from '../shell/query-states.js';
import { Section } from '../shell/section.js';
import { duration } from '../times.js';
import { tierWords } from '../words.js';
import classes from './freshness.module.css';

const tiers: Tier[] = ['imminent', 'hot', 'warm', 'cold'];

/** How old what we know is, by how soon it matters; the mark is what was promised. */
export function FreshnessSection({ freshness, load }: Pick<Installation, 'freshness' | 'load'>) {
  const known = tiers.flatMap((tier) => {
    const value = freshness[tier];
    return value === undefined || value.p95Seconds === null ? [] : [{ tier, value }];
  });
  return (
    <Section
      title="How fresh it is"
      description="The age of what is known from SmartRecruiters. The mark is the promise."
    >
      {load === null || load.latenessFactor <= 1 ? null : <Overload load={load} />}
      {load?.byWebhook ? (
        <Text size="sm">
          SmartRecruiters tells of changes by itself, so they show within seconds. Reading, as drawn
          here, is the safety net.
        </Text>
      ) : null}
      {known.length === 0 ? (
        <EmptyState icon="clock" title="Nothing is watched yet">
          Once a job is on, you see here how closely its candidates are followed.
        </EmptyState>
      ) : (
        <div className={classes.tiers}>
          {known.map(({ tier, value }) => (
            <TierBar key={tier} tier={tier} value={value} />
          ))}
        </div>
      )}
    </Section>
  );
}

function Overload({ load }: { load: Load }) {
  const times = load.latenessFactor.toFixed(1);
  return (
    <Notice tone="warn" title={`Everything is read ${times} times later than promised`}>
      {`There is more to read than SmartRecruiters’ request limit allows: ${load.neededPerSecond.toFixed(1)} requests a second are needed, ${load.budgetPerSecond.toFixed(1)} are to be had. ${load.byWebhook ? 'Fewer jobs would help.' : 'Webhooks (see Connection) or fewer jobs would help.'}`}
    </Notice>
  );
}

function TierBar({ tier, value }: { tier: Tier; value: TierFreshness }) {
  const { label, hint } = tierWords[tier];
  const { targetSeconds, oldestDueSeconds } = value;
  const age = value.p95Seconds ?? 0;
  const late = age > targetSeconds;
  const tone = !late ? 'good' : age > 2 * targetSeconds ? 'bad' : 'warn';
  const width = Math.max(2, Math.min(100, (age / targetSeconds) * 60));
  const overdue =
    oldestDueSeconds > targetSeconds ? `, one waits since ${duration(oldestDueSeconds)}` : '';
  const words = `${duration(age)} old, promised ${duration(targetSeconds)}${overdue}`;
  return (
    <div>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>
          {label}{' '}
          <Text span size="xs" c="dimmed" fw={400}>
            {hint}
          </Text>
        </Text>
        <Text size="xs" c={late ? `var(--${tone})` : 'dimmed'} fw={late ? 600 : 400}>
          {duration(age)}
          {late ? `, behind the promised ${duration(targetSeconds)}` : ''}
        </Text>
      </Group>
      <div className={classes.track} role="img" aria-label={`${label}: ${words}`} title={words}>
        <div className={classes.fill} data-tone={tone} style={{ width: `${width}%` }} />
        <div className={classes.mark} />
      </div>
    </div>
  );
}
