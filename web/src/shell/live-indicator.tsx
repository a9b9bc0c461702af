import { Text } from '@mantine/core';
import { useApi } from '../api/context.js';
import classes from './live-indicator.module.css';

const words = {
  connecting: 'Connecting…',
  live: 'Live',
  reconnecting: 'Reconnecting…',
} as const;

/** Whether what is shown follows events as they happen. */
export function LiveIndicator() {
  const { live } = useApi();
  return (
    <Text component="span" size="xs" c="dimmed" className={classes.indicator} role="status">
      <span className={classes.dot} data-status={live} aria-hidden="true" />
      {words[live]}
    </Text>
  );
}
