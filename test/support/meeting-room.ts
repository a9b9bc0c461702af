import { randomInt } from 'node:crypto';

const letters = (count: number, pick: () => number) =>
  Array.from({ length: count }, () => String.fromCharCode(97 + pick())).join('');

/** A Google Meet link of a room that nobody else uses; `pick` chooses a letter, 0 to 25. */
export function newMeetingLink(pick: () => number = () => randomInt(26)): string {
  return `https://meet.google.com/${letters(3, pick)}-${letters(4, pick)}-${letters(3, pick)}`;
}
