import { readMeetingLink } from '../meeting-links.js';

export const platforms = ['google_meet', 'zoom', 'teams', 'jitsi'] as const;
export type VexaPlatform = (typeof platforms)[number];

export interface VexaRoom {
  platform: VexaPlatform;
  nativeId: string;
}

/** How the vendor addresses the room of a link; null: it does not know the link. */
export function vexaRoomOf(meetingUrl: string): VexaRoom | null {
  const link = readMeetingLink(meetingUrl);
  if (link === null || link.platform === 'webex') {
    return null;
  }
  const platform = link.platform === 'microsoft_teams' ? 'teams' : link.platform;
  return { platform, nativeId: link.id };
}

/** The room's name, the same for a link and for platform and id. */
export const roomOfVexa = ({ platform, nativeId }: VexaRoom): string =>
  `${platform === 'teams' ? 'microsoft_teams' : platform}:${nativeId}`;
