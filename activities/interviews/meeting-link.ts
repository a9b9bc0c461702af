import { googleMeetRoom } from './meeting-link-google-meet.js';
import { otherRooms } from './meeting-link-others.js';
import type { LinkParts, MeetingRoom, ShapeRule } from './meeting-link-shapes.js';
import { decodeOnce } from './meeting-link-shapes.js';
import { teamsRoom } from './meeting-link-teams.js';
import { linkCandidates, trimmedForms } from './meeting-link-text.js';
import { zoomRoom } from './meeting-link-zoom.js';

export type { MeetingRoom } from './meeting-link-shapes.js';

export type MeetingLink =
  | { kind: 'none' }
  | ({ kind: 'found' } & MeetingRoom)
  /** The best text names several rooms: a person has to say which. */
  | { kind: 'ambiguous' };

const rules: ShapeRule[] = [zoomRoom, googleMeetRoom, teamsRoom, ...otherRooms];

/**
 * The meeting room that free texts name, never by asking the network. Only links of the hosts in the
 * rules' tables count, so that a look-alike host, a redirector or a link with a user name gives
 * nothing. Shapes were taken from the providers' public documentation and open-source joiners.
 *
 * @param input.texts best first (interview location, timeslot place, timeslot title); the first text
 *   with a link decides
 * @returns `url` is https with a lower-case host and only what is needed to join; it gives itself
 *   when it is searched again
 */
export function findMeetingLink({ texts }: { texts: string[] }): MeetingLink {
  for (const text of texts) {
    const rooms = roomsIn(text);
    const [room] = rooms;
    if (room !== undefined) {
      return rooms.length === 1 ? { kind: 'found', ...room } : { kind: 'ambiguous' };
    }
  }
  return { kind: 'none' };
}

/** Of two links to one room the one that says more (a passcode); the same whatever their order. */
export function fullerLink<T extends { url: string }>(one: T, other: T): T {
  if (one.url.length !== other.url.length) {
    return one.url.length > other.url.length ? one : other;
  }
  return one.url <= other.url ? one : other;
}

function roomsIn(text: string): MeetingRoom[] {
  const rooms = new Map<string, MeetingRoom>();
  for (const candidate of linkCandidates({ text })) {
    const room = roomOf(candidate);
    if (room !== null) {
      const known = rooms.get(room.identity);
      rooms.set(room.identity, known === undefined ? room : fullerLink(known, room));
    }
  }
  return [...rooms.values()];
}

function roomOf(candidate: string): MeetingRoom | null {
  for (const form of trimmedForms({ candidate })) {
    const parts = takeApart(form);
    if (parts === null) {
      continue;
    }
    for (const rule of rules) {
      const room = rule(parts);
      if (room !== null) {
        return room;
      }
    }
  }
  return null;
}

function takeApart(link: string): LinkParts | null {
  const web = link.replace(/^zoom(?:mtg|us):/i, 'https:');
  const authority = /^https?:\/\/([^/?#\\]*)/i.exec(web)?.[1] ?? '';
  // Checked as written: a parser hides an empty user name and turns look-alike letters into ASCII.
  if (!/^[A-Za-z0-9.-]+(?::\d+)?$/.test(authority) || !URL.canParse(web)) {
    return null;
  }
  const url = new URL(web);
  if (url.port !== '') {
    return null;
  }
  return {
    host: url.hostname.replace(/\.$/, ''),
    segments: url.pathname === '/' ? [] : url.pathname.replace(/^\/|\/$/g, '').split('/'),
    query: queryOf(url.search),
  };
}

/** First value of each name; not `URLSearchParams`, which reads a plus sign as a blank. */
function queryOf(search: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of search.replace(/^\?/, '').split('&')) {
    const [name = '', ...rest] = pair.split('=');
    const value = decodeOnce(rest.join('='));
    if (value !== null && !query.has(name)) {
      query.set(name, value);
    }
  }
  return query;
}
