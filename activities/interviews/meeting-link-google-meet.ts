import type { LinkParts, MeetingRoom } from './meeting-link-shapes.js';

/** Google Meet: a meeting code, nothing of the query; nicknames, lookups and streams are no rooms. */
export function googleMeetRoom({ host, segments }: LinkParts): MeetingRoom | null {
  if (host !== 'meet.google.com') {
    return null;
  }
  const [code, ...rest] = segments[0] === '_meet' ? segments.slice(1) : segments;
  const lower = code?.toLowerCase() ?? '';
  if (rest.length > 0 || !/^[a-z]{3}-[a-z]{4}-[a-z]{3}$/.test(lower)) {
    return null;
  }
  return {
    provider: 'google_meet',
    url: `https://meet.google.com/${lower}`,
    identity: `google_meet:${lower}`,
    joinable: true,
  };
}
