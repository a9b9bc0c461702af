import { parseUrl } from '../../common/parse-url.js';

/** How Vexa names a meeting room. */
export interface RoomAddress {
  platform: 'google_meet' | 'zoom' | 'teams';
  /** Null: the link names the room in a way that Vexa has no id for. */
  nativeId: string | null;
}

/**
 * Platform and native id of a canonical meeting link (`notetaker-providers` 3.2, 5). Never left to
 * the provider, which takes look-alike hosts for meetings. Null: a service that its bots do not join.
 */
export function roomAddressOf(meetingUrl: string): RoomAddress | null {
  const url = parseUrl(meetingUrl);
  if (url === null) return null;
  const { hostname, pathname } = url;
  const [first = '', second = '', third = ''] = pathname.split('/').filter((part) => part !== '');
  if (hostname === 'meet.google.com') {
    return { platform: 'google_meet', nativeId: first.toLowerCase() || null };
  }
  if (/(?:^|\.)(?:zoom\.us|zoomgov\.com|zoom-x\.de|zoom\.com\.cn)$/.test(hostname)) {
    return { platform: 'zoom', nativeId: /^\d{9,11}$/.test(second) ? second : null };
  }
  const isTeams =
    hostname === 'teams.live.com' || /(?:^|\.)teams\.microsoft\.(?:com|us)$/.test(hostname);
  if (!isTeams) return null;
  const nativeId =
    first === 'meet' ? second : first === 'l' && second === 'meetup-join' ? third : '';
  return { platform: 'teams', nativeId: decoded(nativeId) || null };
}

/** Ids come escaped or not, in the letters of either side. */
export function isSameRoom(address: RoomAddress, record: { platform: string; nativeId: string }) {
  return (
    address.nativeId !== null &&
    record.platform === address.platform &&
    decoded(record.nativeId).toLowerCase() === address.nativeId.toLowerCase()
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
