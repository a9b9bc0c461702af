import { readMeetingLink } from '../meeting-links.js';

/**
 * The link as the vendor keeps and returns it; null: it takes no such link. A classic Teams link
 * comes out with raw JSON in its query, which is why nobody should compare with it.
 */
export function normalizeLink(meetingUrl: string): string | null {
  const link = readMeetingLink(meetingUrl);
  if (link === null || !['zoom', 'google_meet', 'microsoft_teams'].includes(link.platform)) {
    return null;
  }
  const url = new URL(meetingUrl);
  if (link.platform === 'google_meet') {
    return `https://meet.google.com/${link.id}`;
  }
  if (link.platform === 'zoom') {
    const passcode = link.passcode === null ? '' : `?pwd=${link.passcode}`;
    return `https://${url.host}/j/${link.id}${passcode}`;
  }
  if (link.teams === null) {
    const passcode = link.passcode === null ? '' : `?p=${link.passcode}`;
    return `https://${url.host}/meet/${link.id}${passcode}`;
  }
  const { messageId, tenantId, organizerId } = link.teams;
  const context = JSON.stringify({ Tid: tenantId, Oid: organizerId });
  return `https://${url.host}/l/meetup-join/${link.id}/${messageId}?context=${context}`;
}
