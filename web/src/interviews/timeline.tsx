import { Button, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import type { TimelineEntry } from '../api/types.js';
import { Icon, type IconName } from '../shell/icons.js';
import { toneIcons, toneStyle } from '../shell/tones.js';
import { useNow } from '../shell/use-now.js';
import { dayLabel, timeIn } from '../times.js';
import { humanise, sentence, type Tone } from '../words.js';
import classes from './interviews.module.css';

interface Look {
  tone: Tone;
  icon?: IconName;
}

/** How an entry looks; all others are quiet notes. */
const looks: Record<string, Look> = {
  captured: { tone: 'good' },
  recording: { tone: 'good', icon: 'video' },
  joined: { tone: 'good', icon: 'video' },
  missed: { tone: 'bad' },
  planned: { tone: 'info', icon: 'calendar' },
  requested: { tone: 'info', icon: 'video' },
  moved: { tone: 'info', icon: 'calendar' },
  lobby: { tone: 'warn', icon: 'clock' },
  alert_preflight: { tone: 'warn' },
  alert_lobby: { tone: 'warn', icon: 'clock' },
  alert_missing: { tone: 'bad', icon: 'alert' },
  no_bot: { tone: 'warn' },
  another_bot: { tone: 'warn', icon: 'video' },
  room_busy: { tone: 'warn', icon: 'clock' },
  room_forbidden: { tone: 'warn', icon: 'shield' },
  provider_auth: { tone: 'bad' },
  provider_refused: { tone: 'bad' },
  unreadable: { tone: 'warn' },
  choice_join: { tone: 'info', icon: 'person' },
  choice_skip: { tone: 'info', icon: 'person' },
  choice_reset: { tone: 'info', icon: 'person' },
};

const quiet: Look = { tone: 'quiet' };

/** So many entries are shown before somebody asks for all. */
const shownAtFirst = 8;

/** What happened, newest first, by the visitor's own calendar and clock. */
export function Timeline({ entries }: { entries: TimelineEntry[] }) {
  const now = useNow();
  const [all, setAll] = useState(false);
  if (entries.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nothing yet.
      </Text>
    );
  }
  // Of two at one instant the one that was written later stands first.
  const newestFirst = entries.toReversed().toSorted((a, b) => b.at - a.at);
  const shown = all ? newestFirst : newestFirst.slice(0, shownAtFirst);
  const hidden = newestFirst.length - shown.length;
  return (
    <Stack gap="xs">
      {daysOf(shown, now).map(({ label, items }) => (
        <section key={label} aria-label={label}>
          <Title order={4} className={classes.timelineDay}>
            {label}
          </Title>
          <ol className={classes.timeline}>
            {items.map((entry) => (
              <Entry key={`${entry.at} ${entry.kind} ${entry.detail}`} entry={entry} />
            ))}
          </ol>
        </section>
      ))}
      {hidden === 0 ? null : (
        <Button variant="default" size="xs" onClick={() => setAll(true)}>
          Show {hidden} earlier
        </Button>
      )}
    </Stack>
  );
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const { tone, icon } = looks[entry.kind] ?? quiet;
  return (
    <li>
      <span className={classes.mark} style={toneStyle(tone)}>
        <Icon name={icon ?? toneIcons[tone]} size={12} />
      </span>
      <Text size="sm">{entry.detail === '' ? sentence(humanise(entry.kind)) : entry.detail}</Text>
      <Text size="xs" c="dimmed" component="time" dateTime={new Date(entry.at).toISOString()}>
        {timeIn(entry.at, null)}
      </Text>
    </li>
  );
}

function daysOf(
  entries: TimelineEntry[],
  now: number,
): { label: string; items: TimelineEntry[] }[] {
  const days = new Map<string, TimelineEntry[]>();
  for (const entry of entries) {
    const label = dayLabel(entry.at, now);
    days.set(label, [...(days.get(label) ?? []), entry]);
  }
  return [...days].map(([label, items]) => ({ label, items }));
}
