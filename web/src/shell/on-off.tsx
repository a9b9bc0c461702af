import { Tag } from './tag.js';

/** What a switch says to those who may not turn it. */
export function OnOff({ on }: { on: boolean }) {
  return on ? <Tag tone="good" label="On" /> : <Tag tone="quiet" label="Off" />;
}
