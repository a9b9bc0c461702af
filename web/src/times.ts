/** The page speaks English; how an English reader writes dates is the browser's to say. */
const locale = navigator.language.startsWith('en') ? navigator.language : 'en-GB';
const hour12 = new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions().hour12;
const hourStyle = hour12 === true ? 'numeric' : '2-digit';
const viewerZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const minute = 60;
const hour = 60 * minute;

/** `14:30`, as the visitor's browser writes times, in the given zone. */
export function timeIn(at: number, zone: string | null): string {
  return format(at, zone, { hour: hourStyle, minute: '2-digit' });
}

/** Short name of the zone at that instant: `CET` where English has a name for it, else `GMT+1`. */
export function zoneName(at: number, zone: string | null): string {
  const names = [locale, 'en-GB'].map((language) => {
    const parts = formatter(zone, { timeZoneName: 'short' }, language).formatToParts(at);
    return parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
  });
  return (
    names.find((name) => !name.startsWith('GMT+') && !name.startsWith('GMT-')) ?? names[0] ?? ''
  );
}

/** What the visitor's clock says when it differs from the interview's, else null. */
export function viewerTime(at: number, zone: string | null): string | null {
  const own = timeIn(at, viewerZone);
  return zone === null || own === timeIn(at, zone) ? null : own;
}

/** `Today`, `Tomorrow`, `Thu, 26 Nov`: the visitor's calendar. */
export function dayLabel(at: number, now: number): string {
  const days = Math.round((startOfDay(at) - startOfDay(now)) / (24 * hour * 1000));
  if (days === 0) return 'Today';
  if (days === 1) return 'Tomorrow';
  if (days === -1) return 'Yesterday';
  return format(at, null, { weekday: 'long', day: 'numeric', month: 'long' });
}

export function dateAndTime(at: number, zone: string | null = null): string {
  return format(at, zone, {
    day: 'numeric',
    month: 'short',
    hour: hourStyle,
    minute: '2-digit',
  });
}

/** `40 s`, `5 min`, `2 h`, `3 days`. */
export function duration(seconds: number): string {
  if (seconds < 2 * minute) return `${Math.round(seconds)} s`;
  if (seconds < 2 * hour) return `${Math.round(seconds / minute)} min`;
  if (seconds < 48 * hour) return `${Math.round(seconds / hour)} h`;
  return `${Math.round(seconds / (24 * hour))} days`;
}

export function ago(at: number, now: number): string {
  const seconds = Math.max(0, (now - at) / 1000);
  return seconds < 45 ? 'just now' : `${duration(seconds)} ago`;
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

function format(at: number, zone: string | null, options: Intl.DateTimeFormatOptions): string {
  return formatter(zone, options).format(at);
}

function formatter(
  zone: string | null,
  options: Intl.DateTimeFormatOptions,
  language = locale,
): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(language, { ...options, timeZone: zone ?? viewerZone });
  } catch {
    return new Intl.DateTimeFormat(language, options);
  }
}
