import { z } from 'zod';
import {
  decodeOnce,
  type LinkParts,
  type MeetingRoom,
  queryText,
  secretOf,
} from './meeting-link-shapes.js';

const businessHosts = new Set([
  'teams.microsoft.com',
  'gov.teams.microsoft.us',
  'dod.teams.microsoft.us',
  'teams.microsoft.us',
  'gov.teams.microsoft.com',
]);
const personalHost = 'teams.live.com';

/** Hosts of Teams on which meetings are joined. */
export function isTeamsHost(host: string): boolean {
  return businessHosts.has(host) || host === personalHost;
}

const guid = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
const contextSchema = z.object({ Tid: guid, Oid: guid.optional() });

/** Microsoft Teams: classic `/l/meetup-join/` with its context, and short `/meet/{digits}?p=`. */
export function teamsRoom(parts: LinkParts): MeetingRoom | null {
  const isBusiness = businessHosts.has(parts.host);
  if (isBusiness && parts.segments[0] === 'l') {
    return classicRoom(parts);
  }
  return isBusiness || parts.host === personalHost ? shortRoom(parts) : null;
}

function classicRoom({ host, segments, query }: LinkParts): MeetingRoom | null {
  const [, kind, rawThread, rawMessage] = segments;
  if (segments.length !== 4 || kind !== 'meetup-join') {
    return null;
  }
  const thread = decoded(rawThread ?? '');
  const message = decoded(rawMessage ?? '');
  const context = contextOf(query.get('context') ?? '');
  if (
    !/^19:[A-Za-z0-9._~=+-]{1,300}@thread\.(?:v2|tacv2|skype)$/.test(thread) ||
    !/^\d{1,20}$/.test(message) ||
    context === null
  ) {
    return null;
  }
  const path = `${encodeURIComponent(thread)}/${message}`;
  return {
    provider: 'microsoft_teams',
    url: `https://${host}/l/meetup-join/${path}${queryText([['context', JSON.stringify(context)]])}`,
    // The thread of a channel has many meetings, told apart by the message that began them.
    identity: message === '0' ? `teams:${thread}` : `teams:${thread}/${message}`,
    joinable: true,
  };
}

function shortRoom({ host, segments, query }: LinkParts): MeetingRoom | null {
  const [first, id] = segments;
  const passcode = secretOf({ query, name: 'p' });
  if (
    segments.length !== 2 ||
    first !== 'meet' ||
    id === undefined ||
    !/^\d{9,20}$/.test(id) ||
    passcode === undefined
  ) {
    return null;
  }
  return {
    provider: 'microsoft_teams',
    url: `https://${host}/meet/${id}${queryText([['p', passcode]])}`,
    identity: `teams:${id}`,
    joinable: true,
  };
}

/** Links that went through a mail gateway may be escaped twice. */
function decoded(text: string): string {
  const once = decodeOnce(text) ?? '';
  return /%[0-9a-f]{2}/i.test(once) ? (decodeOnce(once) ?? '') : once;
}

function contextOf(text: string): { Tid: string; Oid?: string } | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.includes('%') ? decoded(text) : text);
  } catch {
    return null;
  }
  const context = contextSchema.safeParse(parsed);
  if (!context.success) {
    return null;
  }
  const { Tid, Oid } = context.data;
  return { Tid, ...(Oid === undefined ? {} : { Oid }) };
}
