import { googleMeetRoom } from './meeting-link-google-meet.js';
import { otherRooms } from './meeting-link-others.js';
import { takeApart } from './meeting-link-parts.js';
import type { LinkParts, MeetingRoom, ShapeRule } from './meeting-link-shapes.js';
import { teamsRoom } from './meeting-link-teams.js';
import { linkCandidates, readingsOf, trimmedForms } from './meeting-link-text.js';
import { unwrapLink } from './meeting-link-wrappers.js';
import { zoomRoom } from './meeting-link-zoom.js';

export { type LinkService, type MeetingRoom, serviceOf } from './meeting-link-shapes.js';

export type MeetingLink =
  | { kind: 'none' }
  | ({ kind: 'found' } & MeetingRoom)
  /** The best text names several rooms: a person has to say which. */
  | { kind: 'ambiguous' };

const rules: ShapeRule[] = [zoomRoom, googleMeetRoom, teamsRoom, ...otherRooms];

/**
 * The meeting room that free texts name (plain, HTML, Markdown, invitations, calendar files), never by
 * asking the network. Only links of the hosts in the rules' tables count, plain or in the wrappers of
 * `unwrapLink`, so that a look-alike host, a foreign redirector or a link with a user name gives
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
  for (const reading of readingsOf({ text })) {
    const rooms = new Map<string, MeetingRoom>();
    for (const candidate of linkCandidates({ text: reading })) {
      const room = roomOf(candidate);
      if (room !== null) {
        const known = rooms.get(room.identity);
        rooms.set(room.identity, known === undefined ? room : fullerLink(known, room));
      }
    }
    if (rooms.size > 0) {
      return [...rooms.values()];
    }
  }
  return [];
}

function roomOf(candidate: string): MeetingRoom | null {
  for (const form of trimmedForms({ candidate })) {
    const parts = takeApart(form);
    const inner = parts === null ? null : unwrapLink(parts);
    const room = inner === null ? roomAt(parts) : roomWithin(inner);
    if (room !== null) {
      return room;
    }
  }
  return null;
}

/** Punctuation may have been wrapped together with the link. */
function roomWithin(inner: string): MeetingRoom | null {
  for (const form of trimmedForms({ candidate: inner })) {
    const room = roomAt(takeApart(form));
    if (room !== null) {
      return room;
    }
  }
  return null;
}

function roomAt(parts: LinkParts | null): MeetingRoom | null {
  if (parts === null) {
    return null;
  }
  for (const rule of rules) {
    const room = rule(parts);
    if (room !== null) {
      return room;
    }
  }
  return null;
}
