import { roomOf } from '../notetaker/rooms.js';

export type LinkPlatform = 'zoom' | 'google_meet' | 'microsoft_teams' | 'webex' | 'jitsi';

/** A link as the vendors' lenient parsers read it; `id` is the number, code, thread or room name. */
export interface MeetingLink {
  platform: LinkPlatform;
  id: string;
  passcode: string | null;
  /** Of a classic Teams link. */
  teams: { messageId: string; tenantId: string | null; organizerId: string | null } | null;
}

function zoom(url: URL): MeetingLink | null {
  const id = /\/(?:j|w|s|wc\/join|wc)\/(\d{5,13})/.exec(url.pathname)?.[1];
  return id === undefined
    ? null
    : { platform: 'zoom', id, passcode: url.searchParams.get('pwd'), teams: null };
}

function teams(url: URL): MeetingLink | null {
  const short = /^\/meet\/(\d+)/.exec(url.pathname)?.[1];
  if (short !== undefined) {
    const passcode = url.searchParams.get('p');
    return { platform: 'microsoft_teams', id: short, passcode, teams: null };
  }
  const classic = /^\/l\/meetup-join\/([^/]+)\/([^/]+)/.exec(decodeURIComponent(url.pathname));
  const context = url.searchParams.get('context');
  if (!classic?.[1] || !classic[2] || context === null) {
    return null;
  }
  const part = (key: string) => new RegExp(`"${key}"\\s*:\\s*"([^"]+)"`).exec(context)?.[1] ?? null;
  return {
    platform: 'microsoft_teams',
    id: classic[1],
    passcode: null,
    teams: { messageId: classic[2], tenantId: part('Tid'), organizerId: part('Oid') },
  };
}

/** Null for a link that no vendor would take. */
export function readMeetingLink(text: string): MeetingLink | null {
  if (!URL.canParse(text)) {
    return null;
  }
  const url = new URL(text);
  const host = url.hostname;
  if (/(^|\.)zoom\.(us|com)$/.test(host)) {
    return zoom(url);
  }
  if (host === 'meet.google.com') {
    const id = /^\/([a-z]{3}-[a-z]{4}-[a-z]{3})$/.exec(url.pathname)?.[1];
    return id === undefined ? null : { platform: 'google_meet', id, passcode: null, teams: null };
  }
  if (/^(.+\.)?teams\.(microsoft\.com|live\.com|microsoft\.us)$/.test(host)) {
    return teams(url);
  }
  const path = url.pathname.slice(1);
  if (host.endsWith('.webex.com') && path !== '') {
    const id = url.searchParams.get('MTID') ?? path;
    return { platform: 'webex', id, passcode: null, teams: null };
  }
  if (host === 'meet.jit.si' && path !== '') {
    return { platform: 'jitsi', id: path, passcode: null, teams: null };
  }
  return null;
}

/** One name for one room, whatever link leads to it. */
export function roomNameOf(meetingUrl: string): string {
  const link = readMeetingLink(meetingUrl);
  return link === null ? roomOf(meetingUrl) : `${link.platform}:${link.id}`;
}
