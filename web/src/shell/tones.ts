import type { CSSProperties } from 'react';
import type { Tone } from '../words.js';
import type { IconName } from './icons.js';

export function toneStyle(tone: Tone): CSSProperties {
  return { '--tone': `var(--${tone})`, '--tone-soft': `var(--${tone}-soft)` } as CSSProperties;
}

export const toneIcons: Record<Tone, IconName> = {
  good: 'check',
  warn: 'alert',
  bad: 'cross',
  info: 'clock',
  quiet: 'minus',
};
