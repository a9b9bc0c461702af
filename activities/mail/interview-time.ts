import { DateTime, IANAZone } from 'luxon';

/** A time span to be written for people; epoch ms. */
export interface TimeSpan {
  startsAt: number;
  endsAt: number;
}

/** The interview's zone, or UTC when it is unknown or no IANA name. */
export function zoneOrUtc({ timezone }: { timezone: string | null }): string {
  const name = timezone?.trim() ?? '';
  return IANAZone.isValidZone(name) ? name : 'UTC';
}

/**
 * A span in words, always with the offset, such as
 * `Tuesday 24 November 2026, 10:00 to 10:45 (Europe/Berlin, UTC+01:00)`. When the clocks change
 * in between, both offsets are told.
 */
export function formatSpan({
  startsAt,
  endsAt,
  timezone,
}: TimeSpan & { timezone: string | null }): string {
  const zone = zoneOrUtc({ timezone });
  const start = DateTime.fromMillis(startsAt, { zone, locale: 'en-GB' });
  const end = DateTime.fromMillis(endsAt, { zone, locale: 'en-GB' });
  const endDay = start.hasSame(end, 'day') ? '' : `${dayOf(end)}, `;
  if (start.offset !== end.offset) {
    const from = `${clockOf(start)} (${offsetOf(start)})`;
    return `${dayOf(start)}, ${from} to ${endDay}${clockOf(end)} (${offsetOf(end)}), ${zone}`;
  }
  const where = zone === 'UTC' ? offsetOf(start) : `${zone}, ${offsetOf(start)}`;
  return `${dayOf(start)}, ${clockOf(start)} to ${endDay}${clockOf(end)} (${where})`;
}

function dayOf(time: DateTime): string {
  return time.toFormat('cccc d LLLL yyyy');
}

function clockOf(time: DateTime): string {
  return time.toFormat('HH:mm');
}

function offsetOf(time: DateTime): string {
  return `UTC${time.toFormat('ZZ')}`;
}
