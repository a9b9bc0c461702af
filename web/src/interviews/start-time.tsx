import { Text } from '@mantine/core';
import { timeIn, viewerTime, zoneName } from '../times.js';
import classes from './interviews.module.css';

/** The time on the interview's own clock, and on the visitor's where that differs. */
export function StartTime({ at, zone }: { at: number; zone: string | null }) {
  const own = viewerTime(at, zone);
  return (
    <div className={classes.time}>
      <Text component="time" dateTime={new Date(at).toISOString()} fw={650}>
        {timeIn(at, zone)}
      </Text>
      <Text size="xs" c="dimmed">
        {zoneName(at, zone)}
      </Text>
      {own === null ? null : (
        <Text size="xs" c="dimmed">
          {own} for you
        </Text>
      )}
    </div>
  );
}
