import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Tone } from '../words.js';
import { Icon, type IconName } from './icons.js';
import classes from './parts.module.css';
import { toneIcons, toneStyle } from './tones.js';

/** A sentence that somebody should read. `urgent` is announced by screen readers at once. */
export function Notice(props: {
  tone: Tone;
  title?: string;
  icon?: IconName;
  urgent?: boolean;
  children?: ReactNode;
}) {
  const { tone, title, icon, urgent = false, children } = props;
  return (
    <div className={classes.notice} style={toneStyle(tone)} role={urgent ? 'alert' : undefined}>
      <Icon name={icon ?? toneIcons[tone]} size={18} />
      <div className={classes.noticeBody}>
        {title === undefined ? null : (
          <Text size="sm" className={classes.noticeTitle}>
            {title}
          </Text>
        )}
        {typeof children === 'string' ? <Text size="sm">{children}</Text> : children}
      </div>
    </div>
  );
}
