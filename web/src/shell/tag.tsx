import type { Tone } from '../words.js';
import { Icon, type IconName } from './icons.js';
import classes from './parts.module.css';
import { toneIcons, toneStyle } from './tones.js';

/** A state in a word, with an icon so that colour is never alone. */
export function Tag({ tone, label, icon }: { tone: Tone; label: string; icon?: IconName }) {
  return (
    <span className={classes.tag} style={toneStyle(tone)}>
      <Icon name={icon ?? toneIcons[tone]} size={13} />
      {label}
    </span>
  );
}
