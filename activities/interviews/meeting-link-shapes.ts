import type { LinkProvider } from '../../common/read-model/documents.js';

/** A meeting room: `identity` names it without host and passcode, `url` is its canonical https link. */
export interface MeetingRoom {
  provider: LinkProvider;
  url: string;
  identity: string;
  /** False: the service was closed. Whether a notetaker joins it is for its capabilities to say. */
  joinable: boolean;
}

/** Whose room it is, finer than `provider`. */
export type LinkService =
  | 'zoom'
  | 'google_meet'
  | 'microsoft_teams'
  | 'webex'
  | 'whereby'
  | 'jitsi'
  | 'goto'
  | 'ringcentral'
  | 'bluejeans'
  | 'chime';

const services: ReadonlyMap<string, LinkService> = new Map([
  ['zoom', 'zoom'],
  ['google_meet', 'google_meet'],
  ['teams', 'microsoft_teams'],
  ['webex', 'webex'],
  ['whereby', 'whereby'],
  ['jitsi', 'jitsi'],
  ['goto', 'goto'],
  ['ringcentral', 'ringcentral'],
  ['bluejeans', 'bluejeans'],
  ['chime', 'chime'],
]);

/** @throws {Error} for an identity that no rule made */
export function serviceOf({ identity }: Pick<MeetingRoom, 'identity'>): LinkService {
  const service = services.get(identity.split(':', 1)[0] ?? '');
  if (service === undefined) {
    throw new Error('not the identity of a meeting room');
  }
  return service;
}

/** A link taken apart; `host` in lower case, `segments` still escaped, `query` unescaped once. */
export interface LinkParts {
  host: string;
  segments: string[];
  query: Map<string, string>;
  /** What follows the hash, still escaped; empty without. */
  fragment: string;
  /** The whole link as it was written, with a web scheme. */
  written: string;
}

/** Null: not the link of a room. */
export type ShapeRule = (parts: LinkParts) => MeetingRoom | null;

/**
 * Value of a passcode or token as it goes into a canonical link: null when it is absent, undefined
 * when it ends in punctuation of the sentence around it or contains what no provider writes.
 */
export function secretOf({
  query,
  name,
}: {
  query: Map<string, string>;
  name: string;
}): string | null | undefined {
  const value = query.get(name);
  if (value === undefined || value === '') {
    return null;
  }
  return /^[A-Za-z0-9._~=+/-]{0,299}[A-Za-z0-9_~=+/-]$/.test(value) ? value : undefined;
}

/** `?a=1&b=2` of what is not null, in the given order. */
export function queryText(entries: [string, string | null][]): string {
  const kept = entries.flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}

/** A name of a person's room or of a meeting: no escapes, does not end in a full stop. */
export function isRoomName(segment: string | undefined): segment is string {
  return (
    segment !== undefined && /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,198}[A-Za-z0-9_-])?$/.test(segment)
  );
}

/** Percent-decodes once; null for malformed escapes. */
export function decodeOnce(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
