import { Group, Text } from '@mantine/core';
import type { Installation, Tier, TierFreshness } from '../api/types.js';
import { EmptyState } from '../shell/query-states.js';
import { Section } from '../shell/section.js';
import { duration } from '../times.js';
import { tierWords } from '../words.js';
import classes from './freshness.module.css';

const tiers: Tier[] = ['imminent', 'hot', 'warm', 'cold'];

/** How old what we know is, by how soon it matters; the mark is what was promised. */
export function FreshnessSection({ freshness }: { freshness: Installation['freshness'] }) {
  const known = tiers.flatMap((tier) => {
    const value = freshness[tier];
    return value === undefined || value.p95Seconds === null ? [] : [{ tier, value }];
  });
  return (
    <Section
      title="How fresh it is"
      description="The age of what is known from SmartRecruiters. The mark is the promise."
    >
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

function TierBar({ tier, value }: { tier: Tier; value: TierFreshness }) {
  const { label, hint, promiseSeconds } = tierWords[tier];
  const age = value.p95Seconds ?? 0;
  const late = age > promiseSeconds;
  const tone = !late ? 'good' : age > 2 * promiseSeconds ? 'bad' : 'warn';
  const width = Math.max(2, Math.min(100, (age / promiseSeconds) * 60));
  const words = `${duration(age)} old, promised ${duration(promiseSeconds)}`;
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
          {late ? `, behind the promised ${duration(promiseSeconds)}` : ''}
        </Text>
      </Group>
      <div className={classes.track} role="img" aria-label={`${label}: ${words}`} title={words}>
        <div className={classes.fill} data-tone={tone} style={{ width: `${width}%` }} />
        <div className={classes.mark} />
      </div>
    </div>
  );
}
